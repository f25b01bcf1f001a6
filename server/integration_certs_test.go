package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// overTLS has s reached by https with these roots alone, and nothing else believed.
func (s *server) overTLS(t *testing.T, roots *x509.CertPool) *server {
	t.Helper()
	secure := s.with(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	secure.url = strings.Replace(s.url, "http://", "https://", 1)
	secure.client = &http.Client{Transport: contract().Recorder(t, transport)}
	return secure
}

// shown is the certificate that a new client sees who comes by that name; "" is by address.
func (s *server) shown(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	_, at, _ := strings.Cut(s.url, "://")
	conn, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true, ServerName: name})
	if err != nil {
		return nil
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0]
}

// TestCertificateReload changes the files under forty streams and a sender that never stops: no stream is dropped and
// nothing is lost, and whoever comes anew sees the new certificate.
func TestCertificateReload(t *testing.T) {
	t.Parallel()
	const listeners = 40
	cert, key, roots := certificate(t)
	newCert, newKey, newRoots := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key, "--limits=off", "--heartbeat=1s")
	secure := s.overTLS(t, roots)
	first := s.shown(t, "")
	streams := make([]*stream, listeners)
	for i := range streams {
		m := secure.join(fmt.Sprintf("room-%d", i%4), "Ear")
		streams[i] = m.stream(listenAfter{})
		hear(t, streams[i], "hello")
	}
	sender := secure.join("room-0", "Ana")

	said := 0
	say := func() {
		sender.send(object{"type": "chat", "data": said})
		said++
	}
	for range 50 {
		say()
	}
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(patience)
	for s.shown(t, "").Equal(first) {
		say()
		if time.Now().After(deadline) {
			t.Fatal("the new certificate is not served")
		}
	}
	for range 50 {
		say()
	}
	if got := s.overTLS(t, newRoots).get("/rooms/room-0", "").status; got != http.StatusOK {
		t.Errorf("by the new certificate: %d", got)
	}
	for i := 0; i < listeners; i += 4 {
		heard := 0
		for heard < said {
			e, err := streams[i].next()
			if err != nil {
				t.Fatalf("stream %d was dropped after %d of %d messages: %v", i, heard, said, err)
			}
			if e.Type != "chat" { // others who joined after it
				continue
			}
			if got := data[int](t, e); got != heard {
				t.Fatalf("stream %d heard %d in place of %d", i, got, heard)
			}
			heard++
		}
	}
	for i := range 4 { // the ones of quiet rooms are there all the same
		m := secure.join(fmt.Sprintf("room-%d", i), "Bob")
		for j := i; j < listeners; j += 4 {
			for {
				e, err := streams[j].next()
				if err != nil {
					t.Fatalf("stream %d was dropped: %v", j, err)
				}
				if e.Type == "peer-joined" && data[peerShape](t, e).ID == m.Peer.ID {
					break
				}
			}
		}
	}
	if said := strings.Count(s.log.String(), "certificate reloaded"); said != 1 {
		t.Errorf("the log tells of it %d times", said)
	}
}

// TestLocalAuthority does what a person does: takes the certificate from the page on plain HTTP and trusts it. That is
// enough, after a restart too.
func TestLocalAuthority(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startIn(t, dir, "--tls=local")
	page := s.do(ask{method: "GET", path: "//trust"}).is(http.StatusOK)
	if !strings.Contains(string(page.body), "/yodel-ca.crt") {
		t.Error("the page does not offer the certificate")
	}
	file := s.do(ask{method: "GET", path: "//yodel-ca.crt"}).is(http.StatusOK)
	root, err := x509.ParseCertificate(file.body)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	s.overTLS(t, roots).join("r", "Ana")
	if _, err := s.overTLS(t, x509.NewCertPool()).client.Get(strings.Replace(s.url, "http:", "https:", 1)); err == nil {
		t.Error("nobody has to trust it")
	}
	if !strings.Contains(s.log.String(), "sha256=") {
		t.Error("the log does not name the fingerprint")
	}
	s.stop()
	again := startIn(t, dir, "--tls=local")
	again.overTLS(t, roots).join("r", "Bob")

	forgetful := startIn(t, "none", "--tls=local")
	if said := strings.Count(forgetful.log.String(), "is another after each start"); said != 1 {
		t.Errorf("without a data directory the log warns %d times", said)
	}
	if _, err := forgetful.overTLS(t, roots).client.Get(strings.Replace(forgetful.url, "http:", "https:", 1)); err == nil {
		t.Error("a server that keeps nothing has the other's authority")
	}
}
