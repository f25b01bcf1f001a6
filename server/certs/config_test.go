package certs

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
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

// TestWhoMayResume has clients that come a second time: only where that costs no secrecy are they spared a whole handshake.
func TestWhoMayResume(t *testing.T) {
	cert, key := pair(t, t.TempDir(), 1)
	made, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	config := Config(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &made, nil })
	l, err := tls.Listen("tcp", "127.0.0.1:0", config) // a pipe has no room for tickets
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer l.Close()
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("what tickets come before"))
			_ = conn.Close()
		}
	})
	for version, want := range map[uint16]bool{tls.VersionTLS12: false, tls.VersionTLS13: true} {
		client := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, ServerName: "localhost", ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		for second := range 2 {
			conn, err := tls.Dial("tcp", l.Addr().String(), client)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(conn); err != nil {
				t.Fatal(err)
			}
			if resumed := conn.ConnectionState().DidResume; resumed != (second == 1 && want) {
				t.Errorf("%s: resumed %v at time %d", tls.VersionName(version), resumed, second+1)
			}
			_ = conn.Close()
		}
	}
}
