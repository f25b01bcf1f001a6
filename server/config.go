package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"yodel/server/certs"
	"yodel/server/certs/acme"
	"yodel/server/ice"
)

// Config is everything a person may decide about a server. It is read once at the start; settings() says for each
// member its flag, purpose, unit and default.
type Config struct {
	Listen string
	// DataDir holds what outlives a restart; noDataDir: nothing does.
	DataDir string
	TLS     string
	TLSCert string
	TLSKey  string
	// ACME says what certificates --tls=auto asks for, and whom.
	ACME ACME
	// PublicURL is the origin that links to rooms begin with, without a slash at the end. Empty: what the request says.
	PublicURL string

	LogLevel  slog.Level
	LogFormat string

	RingTimeout    time.Duration
	Lease          time.Duration
	LeaseInCall    time.Duration
	Heartbeat      time.Duration
	EventRetention time.Duration
	StreamMaxAge   time.Duration
	TokenLife      time.Duration

	// MetricsToken opens /metrics as a bearer token. Empty: only direct loopback connections may read it.
	MetricsToken Secret
	// TrustedProxies may say in X-Forwarded-For and its kin where a request came from. Empty: nobody may.
	TrustedProxies []netip.Prefix
	// CORSOrigins are the origins whose pages may call the API; "*" is any.
	CORSOrigins []string

	ICE ice.Config
	// TURNHost is where clients are told to find the TURN server inside. Zero: where they found us.
	TURNHost ice.Way
	// Relay says where relayed addresses of the TURN server inside live.
	Relay  Relay
	Limits Limits
}

// Relay is where relayed addresses live. Outside the process they need to be told and reachable.
type Relay struct {
	Mode      string       // relayInside or relayExternal
	Addresses []netip.Addr // as others see them, one of a family
	Ports     portRange
	Allow     []netip.Prefix // networks to relay to although they are not public
}

type portRange struct{ low, high uint16 }

// ACME is what --tls=auto goes by.
type ACME struct {
	Domains []string // names and addresses
	CA      string   // URL of the authority's directory
	Roots   string   // PEM file; empty: what the system trusts
	Email   string
}

// Limits are what keeps one client from taking the server from the others. Zero is no limit, for each of them.
type Limits struct {
	// Off says all were lifted; the other members are zero then.
	Off bool

	MessagesPerSecond float64 // per token
	MessagesBurst     int     // per token
	JoinsPerSecond    float64 // per address
	JoinsBurst        int     // per address
	ProbesPerSecond   float64 // per address
	ProbesBurst       int     // per address
	WrongPasscodes    int     // per room and address and minute
	Peers             int     // per room
	Rooms             int     // per server
	Streams           int     // per server
	LogBytes          int64   // of events kept, per room

	Allocations        int   // of TURN, per server
	AllocationsPerPeer int   // of TURN
	RelayBytes         int64 // relayed by TURN, per peer and second
}

// Values of settings that name a choice.
const (
	noDataDir = "none"

	tlsLocal = "local"
	tlsAuto  = "auto"
	tlsFiles = "files"
	tlsOff   = "off"

	relayInside   = "inside"
	relayExternal = "external"

	logText = "text"
	logJSON = "json"
)

// Secret is a setting that is never shown.
type Secret string

// LogValue keeps the secret out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String keeps the secret out of fmt, but says whether there is one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// LogValue shows what is worth knowing in a log, and no secret.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("listen", c.Listen), slog.String("data_dir", c.DataDir),
		slog.String("tls", c.TLS), slog.Any("domains", c.ACME.Domains), slog.String("public_url", c.PublicURL),
		slog.Duration("ring_timeout", c.RingTimeout),
		slog.Duration("lease", c.Lease), slog.Duration("lease_in_call", c.LeaseInCall),
		slog.Duration("heartbeat", c.Heartbeat), slog.Duration("event_retention", c.EventRetention),
		slog.Duration("stream_max_age", c.StreamMaxAge), slog.Duration("token_life", c.TokenLife),
		slog.Any("metrics_token", c.MetricsToken), slog.Any("trusted_proxies", c.TrustedProxies),
		slog.Any("cors_origins", c.CORSOrigins), slog.Attr{Key: "ice", Value: c.ICE.LogValue()},
		slog.String("turn_host", c.TURNHost.Host), slog.String("turn_relay", c.Relay.Mode), slog.Any("limits", c.Limits),
	)
}

// unusual is what LogValue shows, but for what is as it is when nobody says anything: a line that can be read.
func (c Config) unusual() slog.Value {
	usual, shown := defaultConfig().LogValue().Group(), []slog.Attr{}
	for i, attr := range c.LogValue().Group() {
		if attr.String() != usual[i].String() {
			shown = append(shown, attr)
		}
	}
	return slog.GroupValue(shown...)
}

// String is LogValue's text, so that no way of printing a Config shows a secret.
func (c Config) String() string { return c.LogValue().String() }

// GoString is String, for %#v.
func (c Config) GoString() string { return c.String() }

// proxyDoesTLS tells whether there is a proxy that does TLS in our place, and everybody is to come by it.
func (c Config) proxyDoesTLS() bool {
	return c.TLS == tlsOff && len(c.TrustedProxies) > 0 && strings.HasPrefix(c.PublicURL, "https://")
}

// Validate refuses settings that contradict each other or that this release cannot do. Each setting alone was checked
// when it was read.
func (c Config) Validate() error {
	if err := c.validateTLS(); err != nil {
		return err
	}
	switch err := c.ICE.Validate(); {
	case len(c.ICE.TURN) > 0 && c.ICE.Secret == "":
		return errors.New("--turn-url needs --turn-secret or --turn-secret-file: the secret shared with the TURN server")
	case len(c.ICE.TURN) == 0 && c.ICE.Secret != "":
		return errors.New("--turn-secret needs at least one --turn-url")
	case err != nil:
		return err
	}
	return c.validateRelay()
}

func (c Config) validateRelay() error {
	external := c.Relay.Mode == relayExternal
	families := map[bool]int{}
	for _, addr := range c.Relay.Addresses {
		families[addr.Is4()]++
	}
	switch {
	case external && len(c.Relay.Addresses) == 0:
		return errors.New("--turn-relay=external needs --turn-relay-address: the address of this machine as others see it")
	case families[true] > 1 || families[false] > 1:
		return errors.New("--turn-relay-address: one IPv4 address and one IPv6 address at most")
	}
	return nil
}

func (c Config) validateTLS() error {
	switch {
	case c.TLS == tlsFiles && (c.TLSCert == "" || c.TLSKey == ""):
		return errors.New("--tls=files needs both --tls-cert and --tls-key")
	case c.TLS == tlsAuto && len(c.ACME.Domains) == 0:
		return errors.New("--tls=auto needs at least one --domain: the name or address that people reach this server by")
	case c.TLS == tlsAuto && c.DataDir == noDataDir:
		return errors.New("--tls=auto needs a --data-dir to keep its certificates in: authorities give only so many a week")
	case c.TLS == tlsAuto && c.ACME.CA == acme.DefaultCA:
		return c.validateDomains()
	case c.TLS != tlsLocal && c.TLS != tlsAuto && c.TLS != tlsFiles && c.TLS != tlsOff:
		return fmt.Errorf("--tls: %q is not one of %s, %s, %s, %s", c.TLS, tlsLocal, tlsAuto, tlsFiles, tlsOff)
	}
	return nil
}

// validateDomains refuses what a public authority would refuse too, but only once it was asked, again and again.
func (c Config) validateDomains() error {
	for _, domain := range c.ACME.Domains {
		if certs.IsPrivate(domain) {
			return fmt.Errorf("--domain: no public authority gives a certificate for %s, which means something in a private network alone: use --tls=local, or name an authority of your own by --acme-ca", domain)
		}
	}
	return nil
}

// strictNames are those that everybody can count on to have a certificate from now on.
func (c Config) strictNames() (names []string) {
	if c.TLS != tlsAuto || c.ACME.CA != acme.DefaultCA {
		return nil
	}
	for _, domain := range c.ACME.Domains {
		if _, err := netip.ParseAddr(domain); err != nil {
			names = append(names, domain)
		}
	}
	return names
}
