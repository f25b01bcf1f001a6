package certs

import (
	"crypto/tls"
	"net"
	"testing"
)

// TestWhatIsOffered has clients that know one way alone.
func TestWhatIsOffered(t *testing.T) {
	cert, key := pair(t, t.TempDir(), 1)
	made, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	config := Config(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &made, nil })
	for name, c := range map[string]struct {
		version, suite uint16
		protocol       string
		offered        bool
	}{
		"TLS 1.3":            {tls.VersionTLS13, 0, "", true},
		"HTTP/1.1":           {tls.VersionTLS13, 0, "http/1.1", true},
		"HTTP/2 alone":       {tls.VersionTLS13, 0, "h2", false},
		"TURN by name":       {tls.VersionTLS13, 0, "stun.turn", true},
		"TLS 1.2, GCM":       {tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "", true},
		"TLS 1.2, ChaCha20":  {tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "", true},
		"TLS 1.2, CBC":       {tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "", false},
		"TLS 1.1 and before": {tls.VersionTLS11, 0, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			client := &tls.Config{InsecureSkipVerify: true, MinVersion: c.version, MaxVersion: c.version}
			if c.protocol != "" {
				client.NextProtos = []string{c.protocol}
			}
			if c.suite != 0 {
				client.CipherSuites = []uint16{c.suite}
			}
			ours, theirs := net.Pipe()
			defer ours.Close()
			go func() {
				defer theirs.Close()
				_ = tls.Server(theirs, config).Handshake()
			}()
			if err := tls.Client(ours, client).Handshake(); (err == nil) != c.offered {
				t.Errorf("handshake: %v", err)
			}
		})
	}
}
