package certs

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	leafLife  = 90 * 24 * time.Hour // Apple's devices refuse server certificates of more than 398 days
	leafSpare = leafLife / 3        // what is left of it when a new one is issued
	maxLeaves = 256                 // kept; a client can ask by any name it likes
)

// Covers tells whether devices that trust the authority can reach us by host, a name or an address.
func (a *Authority) Covers(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return allowsAddress(a.root, plain(addr))
	}
	return isHostname(host) && allowsName(a.root, host)
}

// Certificate is a Getter: it issues for the name the client asks for and the address it has reached, as far as the
// authority covers them. Whoever came by another name sees a certificate that does not fit.
func (a *Authority) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	names := slices.Clone(a.names)
	asked := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if a.Covers(asked) && !slices.Contains(names, asked) {
		names = append(names, asked)
	}
	if reached := localAddress(hello.Conn); a.Covers(reached) && !slices.Contains(names, reached) {
		names = append(names, reached)
	}
	return a.leaf(names)
}

func (a *Authority) leaf(names []string) (*tls.Certificate, error) {
	key := strings.Join(names, " ")
	a.mu.Lock()
	defer a.mu.Unlock()
	if kept := a.leaves[key]; kept != nil && time.Until(kept.Leaf.NotAfter) > leafSpare {
		return kept, nil
	}
	made, err := a.issue(names)
	if err != nil {
		return nil, err
	}
	if len(a.leaves) >= maxLeaves {
		clear(a.leaves)
	}
	a.leaves[key] = made
	return made, nil
}

func (a *Authority) issue(names []string) (*tls.Certificate, error) {
	template := &x509.Certificate{
		Subject:   pkix.Name{Organization: a.root.Subject.Organization},
		NotBefore: time.Now().Add(-slowClocks), NotAfter: time.Now().Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, name := range names {
		if addr, err := netip.ParseAddr(name); err == nil {
			template.IPAddresses = append(template.IPAddresses, addr.AsSlice())
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, a.leafKey.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leafKey, Leaf: leaf}, err
}

// localAddress is the address a client has reached us by; "" where there is none.
func localAddress(conn net.Conn) string {
	if conn == nil {
		return ""
	}
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return ""
	}
	return plain(at.Addr()).String()
}

// plain is the address as a certificate has it.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }
