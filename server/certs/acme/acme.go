// Package acme gets certificates from a public authority by ACME (RFC 8555), proving at the one port that it is ours to
// ask for: by TLS-ALPN (RFC 8737), so that no port 80 is needed. It is the only package that knows certmagic.
package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"yodel/server/certs"
)

// DefaultCA is Let's Encrypt.
const DefaultCA = certmagic.LetsEncryptProductionCA

const (
	challengeProtocol = "acme-tls/1" // RFC 8737 §6.2; such a handshake ends by itself
	// shortLived is the profile that Let's Encrypt gives certificates for addresses by; six days, renewed in time.
	shortLived = "shortlived"
)

var errNoChallenge = errors.New("nobody was asked to prove that")

// Config says for whom, and from whom.
type Config struct {
	Dir     string         // where certificates, keys and the account are kept
	Domains []string       // names and addresses, one certificate each
	CA      string         // URL of the authority's directory
	Email   string         // that the authority may write to; "" is fine
	Roots   *x509.CertPool // whom to believe that it is the authority; nil: whom the system believes
}

// Manager gets certificates and renews them. Start it before the listener accepts, and Close it.
type Manager struct {
	// set once in New
	cfg       Config
	log       *slog.Logger
	zap       *zap.Logger
	cache     *certmagic.Cache
	names     *certmagic.Config
	addresses *certmagic.Config
	some      chan struct{} // closed once there is a certificate
	thereIs   func()        // closes it

	stop context.CancelFunc // set once in Start
}

// New asks nobody for anything yet.
func New(cfg Config, log *slog.Logger) *Manager {
	m := &Manager{cfg: cfg, log: log, zap: zap.New(&bridge{to: log.Handler()}), some: make(chan struct{}), stop: func() {}}
	m.thereIs = sync.OnceFunc(func() { close(m.some) })
	m.cache = certmagic.NewCache(certmagic.CacheOptions{Logger: m.zap, GetConfigForCert: func(c certmagic.Certificate) (*certmagic.Config, error) {
		return m.configFor(c.Names[0]), nil
	}})
	common := certmagic.Config{
		Storage: &certmagic.FileStorage{Path: cfg.Dir}, Logger: m.zap, OnEvent: m.tell,
		DefaultServerName: m.forTheNameless(),
	}
	m.names, m.addresses = certmagic.New(m.cache, common), certmagic.New(m.cache, common)
	return m
}

// forTheNameless is what a client is served that names nobody, as one that has come by an address does; where that
// address is not the machine's own, as behind a translator.
func (m *Manager) forTheNameless() string {
	if i := slices.IndexFunc(m.cfg.Domains, isAddress); i >= 0 {
		return m.cfg.Domains[i]
	}
	return m.cfg.Domains[0]
}

func (m *Manager) configFor(domain string) *certmagic.Config {
	if isAddress(domain) {
		return m.addresses
	}
	return m.names
}

// TLS is for the listener at the one port.
func (m *Manager) TLS() *tls.Config {
	config := certs.Config(m.certificate)
	config.NextProtos = append(config.NextProtos, challengeProtocol)
	return config
}

// certificate is a certs.Getter.
func (m *Manager) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if slices.Contains(hello.SupportedProtos, challengeProtocol) {
		// We are one machine, so a challenge that this process was not given is a scanner's.
		if _, given := certmagic.GetACMEChallenge(hello.ServerName); !given {
			return nil, errNoChallenge
		}
	}
	return m.names.GetCertificate(hello)
}

// Start takes the certificates there are, and gets those that are missing or about to end, now and from now on, until
// Close. It does not wait for them.
func (m *Manager) Start(ctx context.Context, listening net.Addr) error {
	at, err := netip.ParseAddrPort(listening.String())
	if err != nil {
		return err
	}
	m.names.Issuers = []certmagic.Issuer{m.issuer(m.names, at, "")}
	m.addresses.Issuers = []certmagic.Issuer{m.issuer(m.addresses, at, shortLived)}
	if m.cfg.CA != DefaultCA { // others may not know that profile, and give such certificates without
		m.addresses.Issuers = append(m.addresses.Issuers, m.issuer(m.addresses, at, ""))
	}
	ctx, m.stop = context.WithCancel(ctx)
	for _, domain := range m.cfg.Domains {
		if err := m.configFor(domain).ManageAsync(ctx, []string{domain}); err != nil {
			return err
		}
	}
	return nil
}

// issuer is told our port, so that it sees that somebody listens there: us, and we answer.
func (m *Manager) issuer(config *certmagic.Config, at netip.AddrPort, profile string) certmagic.Issuer {
	host := ""
	if !at.Addr().IsUnspecified() {
		host = at.Addr().Unmap().String()
	}
	return certmagic.NewACMEIssuer(config, certmagic.ACMEIssuer{
		CA: m.cfg.CA, Email: m.cfg.Email, Agreed: true, TrustedRoots: m.cfg.Roots, Profile: profile,
		DisableHTTPChallenge: true, ListenHost: host, AltTLSALPNPort: int(at.Port()), Logger: m.zap,
	})
}

// Some is closed once there is a certificate to serve.
func (m *Manager) Some() <-chan struct{} { return m.some }

// Close stops what is under way. Certificates stay where they are kept.
func (m *Manager) Close() {
	m.stop()
	m.cache.Stop()
	certmagic.CleanUpOwnLocks(context.Background(), zap.NewNop()) // what was under way may have done it by now
}

// tell notices what matters of all that happens; what fails comes by the log, see bridge.
func (m *Manager) tell(_ context.Context, event string, data map[string]any) error {
	switch event {
	case "cert_obtained":
		m.log.Info("certificate obtained", "for", data["identifier"], "renewal", data["renewal"])
	case "cached_managed_cert":
		m.thereIs()
	}
	return nil
}

// CheckDomain refuses what no certificate can be had for, from whatever authority.
func CheckDomain(domain string) error {
	if addr, err := netip.ParseAddr(domain); err == nil {
		if addr.IsUnspecified() || addr.IsMulticast() || addr.Zone() != "" {
			return errors.New(domain + " is not an address that clients can reach")
		}
		return nil
	}
	switch {
	case strings.HasPrefix(domain, "*."):
		return errors.New("a wildcard cannot be proven at the port itself: name each domain")
	case !certmagic.SubjectQualifiesForCert(domain) || strings.ContainsAny(domain, "/:@_ "):
		return errors.New(strconv.Quote(domain) + " is not a domain name such as call.example.org, nor an address")
	}
	return nil
}

func isAddress(domain string) bool {
	_, err := netip.ParseAddr(domain)
	return err == nil
}
