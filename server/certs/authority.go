package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	authorityFile = "local-ca.pem"
	authorityLife = 10 * 365 * 24 * time.Hour
	slowClocks    = 24 * time.Hour // by how much a device's clock may be behind ours
)

// Authority is a certificate authority for this machine alone. A device that trusts it trusts this server by its private
// addresses and names, and nobody about anything else: its certificate is constrained (RFC 5280 §4.2.1.10) to those.
type Authority struct {
	// set once
	root    *x509.Certificate
	key     *ecdsa.PrivateKey
	leafKey *ecdsa.PrivateKey // of all leaves; as short-lived as the process
	names   []string          // in every leaf

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by name and address; guarded by mu
}

// OpenAuthority reads the authority kept in dir, or makes one there; with dir "" it lasts as long as the process. extra
// are names or addresses that clients use besides those this machine knows of itself.
func OpenAuthority(dir, hostname string, extra ...string) (*Authority, error) {
	a := &Authority{leaves: map[string]*tls.Certificate{}}
	var err error
	if dir == "" {
		err = a.create(hostname)
	} else {
		err = a.load(filepath.Join(dir, authorityFile), hostname)
	}
	if err != nil {
		return nil, err
	}
	if a.leafKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	own, _, _ := strings.Cut(strings.ToLower(hostname), ".")
	for _, name := range append([]string{"localhost", own, own + ".local", own + ".lan"}, extra...) {
		if a.Covers(name) && !slices.Contains(a.names, name) {
			a.names = append(a.names, name)
		}
	}
	return a, nil
}

// Root is the authority's own certificate, for devices to trust.
func (a *Authority) Root() *x509.Certificate { return a.root }

// load reads the authority in file. One that is about to end, ten years after, makes place for a new one.
func (a *Authority) load(file, hostname string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return a.createIn(file, hostname)
	}
	if err != nil {
		return err
	}
	if err := a.parse(text); err != nil {
		return fmt.Errorf("%s is not the local authority it was (%w): remove it to have another made, which devices must trust anew", file, err)
	}
	if time.Until(a.root.NotAfter) < leafLife {
		return a.createIn(file, hostname)
	}
	return nil
}

func (a *Authority) parse(text []byte) error {
	certificate, rest := pem.Decode(text)
	if certificate == nil {
		return errors.New("no certificate")
	}
	private, _ := pem.Decode(rest)
	if private == nil {
		return errors.New("no private key")
	}
	var err error
	if a.root, err = x509.ParseCertificate(certificate.Bytes); err != nil {
		return err
	}
	if a.key, err = x509.ParseECPrivateKey(private.Bytes); err != nil {
		return err
	}
	if !a.root.IsCA || !a.key.PublicKey.Equal(a.root.PublicKey) {
		return errors.New("certificate and key do not belong together")
	}
	return nil
}

func (a *Authority) create(hostname string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: commonName(hostname, key), Organization: []string{"Yodel"}},
		NotBefore: time.Now().Add(-slowClocks), NotAfter: time.Now().Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	constrain(template, ownName(hostname))
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	a.key = key
	a.root, err = x509.ParseCertificate(der)
	return err
}

// commonName is what a device lists the authority under; two of the same machine can be told apart.
func commonName(hostname string, key *ecdsa.PrivateKey) string {
	name, _, _ := strings.Cut(strings.ToLower(hostname), ".")
	if !isHostname(name) {
		name = "a machine"
	}
	point, _ := key.PublicKey.Bytes() // of a curve that has them
	sum := sha256.Sum256(point)
	return "Yodel on " + name + " " + strings.ToUpper(hex.EncodeToString(sum[:2]))
}

// createIn makes an authority and keeps both halves in one file, for its owner alone: whole, or not at all.
func (a *Authority) createIn(file, hostname string) error {
	if err := a.create(hostname); err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})...)
	draft, err := os.CreateTemp(filepath.Dir(file), authorityFile+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	if err == nil {
		err = draft.Sync()
	}
	if closed := draft.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(draft.Name(), file)
	}
	if err != nil {
		_ = os.Remove(draft.Name())
	}
	return err
}
