package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// pebble is Let's Encrypt's own authority for tests; it is built as a program, so that nothing of it is ours.
const pebble = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1"

// TestACME has a public authority prove, at the one port, a name and an address of ours, while a stream is open; and
// shows that a restart needs the authority no more.
func TestACME(t *testing.T) {
	t.Parallel()
	const name = "call.example.org"
	door := newDoor(t)
	authority := startPebble(t, door.port())
	dir := t.TempDir()
	flags := []string{"--tls=auto", "--domain=" + name, "--domain=127.0.0.1", "--acme-ca=" + authority.directory, "--acme-ca-root=" + authority.cert, "--acme-email=ann@example.org"}
	s := startIn(t, dir, flags...)
	watch := s.join("r", "Ana").stream(listenAfter{})
	hear(t, watch, "hello")
	if s.shown(t, name) != nil {
		t.Error("there is a certificate before anybody was asked")
	}
	if !strings.Contains(s.stdout.String(), " https://"+name+":") {
		t.Errorf("the name is not among the addresses: %s", s.stdout)
	}
	_, at, _ := strings.Cut(s.url, "://")
	door.openTo(at)

	roots := authority.roots(t)
	for who, c := range map[string]struct {
		asked, valid string
		life         time.Duration // 0: any; pebble gives who asks for no profile one at random
	}{
		"a name":     {name, name, 0},
		"an address": {"", "127.0.0.1", 6 * 24 * time.Hour},
	} {
		shown := s.awaitShown(t, c.asked)
		if err := trustedBy(roots, shown, c.valid); err != nil {
			t.Errorf("%s: %v", who, err)
		}
		if life := shown.NotAfter.Sub(shown.NotBefore).Round(time.Hour); c.life != 0 && life != c.life {
			t.Errorf("%s: the certificate lives %v", who, life)
		}
	}
	s.join("r", "Bob")
	hear(t, watch, "peer-joined")
	scanner, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true, ServerName: name, NextProtos: []string{"acme-tls/1"}})
	if err == nil {
		_ = scanner.Close()
		t.Error("a challenge that nobody gave is answered")
	}
	s.stop()

	authority.stop()
	again := startIn(t, dir, flags...)
	if shown := again.shown(t, name); shown == nil || trustedBy(roots, shown, name) != nil {
		t.Error("after a restart the certificate is not there at once")
	}
	if info, err := os.Stat(filepath.Join(dir, "certs")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

// awaitShown asks until there is a certificate.
func (s *server) awaitShown(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if shown := s.shown(t, name); shown != nil {
			return shown
		}
	}
	t.Fatalf("no certificate for %q", name)
	return nil
}

// trustedBy verifies with the intermediate that pebble has, which its roots include.
func trustedBy(roots *x509.CertPool, leaf *x509.Certificate, name string) error {
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name})
	return err
}

// authority is a running pebble.
type authority struct {
	directory, management string
	cert                  string // PEM file that it is believed by
	client                *http.Client
	stop                  func()
}

// startPebble runs one that proves at this port of 127.0.0.1, whatever the name, until the test ends.
func startPebble(t *testing.T, provesAt int) *authority {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "install", pebble)
	build.Env = append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("pebble cannot be built: %v\n%s", err, out)
	}
	cert, key, own := certificate(t)
	listen, management := freePort(t), freePort(t)
	config, err := json.Marshal(object{"pebble": object{
		"listenAddress": listen, "managementListenAddress": management, "certificate": cert, "privateKey": key, "tlsPort": provesAt,
		"keyAlgorithm": "ecdsa", "retryAfter": object{"authz": 1, "order": 1},
		"profiles": object{"default": object{"validityPeriod": 90 * 24 * 3600}, "shortlived": object{"validityPeriod": 6 * 24 * 3600}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	var out safeBuffer
	program := exec.Command(filepath.Join(dir, "pebble"), "-config", file, "-strict", "-dnsserver", nameServer(t))
	program.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	program.Stdout, program.Stderr = &out, &out
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	a := &authority{directory: "https://" + listen + "/dir", management: "https://" + management, cert: cert, stop: sync.OnceFunc(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: own}, DisableKeepAlives: true}
	a.client = &http.Client{Transport: transport, Timeout: patience}
	t.Cleanup(func() {
		a.stop()
		if t.Failed() {
			t.Logf("pebble said:\n%s", &out)
		}
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, listening := a.get(a.directory)
		_, managing := a.get(a.management + "/roots/0")
		if listening == nil && managing == nil {
			return a
		}
		if time.Now().After(deadline) {
			t.Fatalf("pebble does not serve: %v, %v", listening, managing)
		}
	}
}

func (a *authority) get(url string) ([]byte, error) {
	response, err := a.client.Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

// roots are what pebble's certificates are believed by.
func (a *authority) roots(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	for _, path := range []string{"/roots/0", "/intermediates/0"} {
		text, err := a.get(a.management + path)
		if err != nil {
			t.Fatal(err)
		}
		if block, _ := pem.Decode(bytes.TrimSpace(text)); block == nil || !pool.AppendCertsFromPEM(text) {
			t.Fatalf("%s: %s", path, text)
		}
	}
	return pool
}

// freePort is an address that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// door is a port whose connections are passed on, once it is known where to: pebble asks for it before the server has one.
type door struct {
	listener *net.TCPListener
	to       chan string
}

func newDoor(t *testing.T) *door {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{l, make(chan string, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.serve(ctx, &running) })
	t.Cleanup(func() { cancel(); _ = l.Close(); running.Wait() })
	return d
}

func (d *door) port() int { return d.listener.Addr().(*net.TCPAddr).Port }

func (d *door) openTo(at string) { d.to <- at }

func (d *door) serve(ctx context.Context, running *sync.WaitGroup) {
	var to string
	select {
	case to = <-d.to:
	case <-ctx.Done():
		return
	}
	for {
		outer, err := d.listener.Accept()
		if err != nil {
			return
		}
		running.Go(func() {
			defer func() { _ = outer.Close() }()
			inner, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer func() { _ = inner.Close() }()
			back := make(chan struct{})
			running.Go(func() { _, _ = io.Copy(outer, inner); _ = outer.Close(); close(back) })
			_, _ = io.Copy(inner, outer)
			_ = inner.Close()
			<-back
		})
	}
}

// nameServer answers that every name is at 127.0.0.1, until the test ends; over TCP, as pebble asks (RFC 7766).
func nameServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { serveDNS(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	return l.Addr().String()
}

func serveDNS(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var length [2]byte
	for {
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		asked := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, asked); err != nil {
			return
		}
		answer := answerDNS(asked)
		binary.BigEndian.PutUint16(length[:], uint16(len(answer)))
		if _, err := conn.Write(append(length[:], answer...)); err != nil {
			return
		}
	}
}

func answerDNS(asked []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(asked) != nil || len(m.Questions) != 1 {
		return nil
	}
	question := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	if question.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}
