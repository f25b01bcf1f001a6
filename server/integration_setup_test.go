package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTLS walks a short call over TLS with a certificate of files, and shows that loopback may speak plain HTTP beside it.
func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	plain := s.with(t)
	s.url = strings.Replace(s.url, "http://", "https://", 1)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	s.client = &http.Client{Transport: contract().Recorder(t, transport)}

	room := s.post("/rooms", "", object{"room": "r"}).is(http.StatusCreated)
	if got := decoded[struct{ URL string }](room).URL; got != s.url+"/r/r" {
		t.Errorf("the room is at %q", got)
	}
	ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
	watch := ana.stream(listenAfter{})
	hear(t, watch, "hello")
	bob.send([]object{{"type": "chat", "data": strings.Repeat("x", 30_000)}, {"type": "chat", "data": 2}})
	hear(t, watch, "chat")
	hear(t, watch, "chat")
	bob.leave()
	hear(t, watch, "peer-left")

	plain.get("/rooms/r", "").is(http.StatusOK)
}

// certificate makes files with a certificate for loopback, and what trusts it.
func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile, roots = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem"), x509.NewCertPool()
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(parsed)
	return certFile, keyFile, roots
}

// TestBehindProxy shows whose word counts for where a request comes from and what the server is called.
func TestBehindProxy(t *testing.T) {
	t.Parallel()
	from := func(address string) map[string]string {
		return map[string]string{"X-Forwarded-For": address, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "call.example.org"}
	}
	join := func(s *server, address string) *reply {
		return s.do(ask{method: "POST", path: "/rooms/r/peers", header: from(address)})
	}
	link := func(s *server) string {
		return decoded[struct{ URL string }](s.do(ask{method: "POST", path: "/rooms", header: from("192.0.2.9")}).is(http.StatusCreated)).URL
	}
	trusting := start(t, "--trusted-proxies=127.0.0.1", "--limit-joins=0.1", "--limit-joins-burst=1")
	join(trusting, "192.0.2.1").is(http.StatusCreated)
	join(trusting, "192.0.2.2").is(http.StatusCreated)
	join(trusting, "192.0.2.1").isProblem("too-many-joins")
	join(trusting, "192.0.2.7:555").is(http.StatusCreated) // as some proxies write it
	join(trusting, "198.51.100.1, 192.0.2.7:556").isProblem("too-many-joins")
	join(trusting, "[2001:db8::7]:5").is(http.StatusCreated)
	join(trusting, "2001:db8::7").isProblem("too-many-joins")
	if got := link(trusting); !strings.HasPrefix(got, "https://call.example.org/r/") {
		t.Errorf("the room is at %q", got)
	}

	wary := start(t, "--limit-joins=0.1", "--limit-joins-burst=2")
	if got := link(wary); !strings.HasPrefix(got, wary.url+"/r/") {
		t.Errorf("the room is at %q", got)
	}
	join(wary, "192.0.2.1").is(http.StatusCreated)
	join(wary, "192.0.2.2").isProblem("too-many-joins")

	named := start(t, "--public-url=https://yodel.example.org")
	if got := link(named); !strings.HasPrefix(got, "https://yodel.example.org/r/") {
		t.Errorf("the room is at %q", got)
	}
}

// TestOrigins shows which pages may call the API, and what they may see of an answer.
func TestOrigins(t *testing.T) {
	t.Parallel()
	s := start(t, "--cors-origin=https://friend.example.org")
	for origin, want := range map[string]string{"https://friend.example.org": "https://friend.example.org", "https://other.example.org": ""} {
		r := s.do(ask{method: "POST", path: "/rooms", header: map[string]string{"Origin": origin}}).is(http.StatusCreated)
		if got := r.header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: Access-Control-Allow-Origin is %q", origin, got)
		}
		exposed := r.header.Get("Access-Control-Expose-Headers")
		if seen := strings.Contains(exposed, "Location") && strings.Contains(exposed, "Retry-After"); seen != (want != "") {
			t.Errorf("%s: exposed are %q", origin, exposed)
		}
		if r.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: credentials are allowed", origin)
		}
	}
	r := s.do(ask{method: "OPTIONS", path: "/rooms/r/messages", header: map[string]string{
		"Origin": "https://friend.example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}})
	r.is(http.StatusNoContent)
	if !strings.Contains(strings.ToLower(r.header.Get("Access-Control-Allow-Headers")), "authorization") {
		t.Errorf("a preflight is told %v", r.header)
	}
	ana := s.join("r", "Ana")
	watch, err := s.client.Do(s.request(t.Context(), ask{method: "GET", path: ana.in("/events"), token: ana.Token, header: map[string]string{
		"Origin": "https://friend.example.org", "Accept": "text/event-stream"}}))
	if err != nil {
		t.Fatal(err)
	}
	watch.Body.Close()
	if got := watch.Header.Get("Access-Control-Allow-Origin"); got != "https://friend.example.org" {
		t.Errorf("a stream has Access-Control-Allow-Origin %q", got)
	}
	problem := s.do(ask{method: "GET", path: "/rooms/none", header: map[string]string{"Origin": "https://friend.example.org"}})
	problem.isProblem("room-not-found")
	if problem.header.Get("Access-Control-Allow-Origin") == "" {
		t.Error("a page cannot read a problem")
	}
}
