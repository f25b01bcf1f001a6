package certs

import (
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// privateNetworks are what a local authority may vouch for: networks that no packet of the internet comes from or goes
// to ("globally reachable: false" in IANA's special-purpose registries), so that no device which trusts it can be
// deceived about a site out there. Besides private networks (RFC 1918, RFC 4193), link-local and loopback they are
// those of carriers and overlay networks (RFC 6598), of test beds (RFC 2544) and of examples (RFC 5737, RFC 3849).
var privateNetworks = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "100.64.0.0/10",
	"198.18.0.0/15", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "fc00::/7", "fe80::/10", "::1/128", "2001:db8::/32")

// privateNames are what it may vouch for by name, with all that ends in them (RFC 5280 §4.2.1.10): nobody can own one
// of these. The machine's own name comes on top, see ownName.
var privateNames = []string{"localhost", "local", "lan"}

// reservedNames are others that nobody can own (RFC 6761, RFC 6762, RFC 8375; ICANN's .internal), and that people use at home.
var reservedNames = []string{"internal", "home.arpa", "localdomain", "test", "invalid"}

// IsPrivate tells of a name or an address that it means something in a private network alone, so that no public authority
// can give a certificate for it.
func IsPrivate(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsUnspecified() || addr.IsMulticast() || contains(privateNetworks, addr)
	}
	return !strings.Contains(host, ".") || endsIn(privateNames, host) || endsIn(reservedNames, host)
}

func prefixes(texts ...string) []*net.IPNet {
	var all []*net.IPNet
	for _, text := range texts {
		p := netip.MustParsePrefix(text)
		all = append(all, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	return all
}

// constrain writes the scope into the authority's own certificate, where every device holds it to that.
func constrain(template *x509.Certificate, own string) {
	template.PermittedDNSDomainsCritical = true
	template.PermittedIPRanges = privateNetworks
	template.PermittedDNSDomains = privateNames
	if own != "" {
		template.PermittedDNSDomains = append(slices.Clone(privateNames), own)
	}
}

// ownName is the machine's name without a domain, where a certificate may hold it: constraints end in what they name,
// so a machine called "dev" would otherwise vouch for every site under .dev. "": there is none.
func ownName(hostname string) string {
	name, _, _ := strings.Cut(strings.ToLower(hostname), ".")
	if !isHostname(name) || slices.Contains(privateNames, name) {
		return ""
	}
	if _, public := publicsuffix.PublicSuffix(name); public {
		return ""
	}
	return name
}

func allowsName(authority *x509.Certificate, name string) bool {
	return endsIn(authority.PermittedDNSDomains, name)
}

func allowsAddress(authority *x509.Certificate, addr netip.Addr) bool {
	return addr.IsValid() && contains(authority.PermittedIPRanges, addr)
}

// endsIn tells whether a name is one of those or below one.
func endsIn(ends []string, name string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return name == end || strings.HasSuffix(name, "."+end) })
}

func contains(networks []*net.IPNet, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n *net.IPNet) bool { return n.Contains(addr.Unmap().AsSlice()) })
}

// isHostname refuses what has no place in a certificate; a client may put anything into its handshake.
func isHostname(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || label[0] == '-' {
			return false
		}
	}
	return true
}
