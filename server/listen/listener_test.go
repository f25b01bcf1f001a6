package listen

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// serve answers every request on l by whether it came over TLS.
func serve(t *testing.T, l net.Listener) {
	t.Helper()
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, map[bool]string{true: "tls", false: "plain"}[r.TLS != nil])
		}),
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = server.Close()
		within(t, "serving", done)
	})
}

func TestTLSAndPlainHTTPOnOnePort(t *testing.T) {
	config, trusting := secured()
	l := New(tcpListener(t), Options{TLS: config})
	serve(t, l)
	transport := &http.Transport{TLSClientConfig: trusting}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for url, want := range map[string]string{"http://" + l.Addr().String(): "plain", "https://" + l.Addr().String(): "tls"} {
		response, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if string(body) != want {
			t.Errorf("%s is answered %q", url, body)
		}
	}
}

func TestWithoutACertificateAllIsPlainHTTP(t *testing.T) {
	l := New(tcpListener(t), Options{})
	serve(t, l)
	conn := dial(t, l.Addr())
	_, _ = conn.Write([]byte{recordHandshake, 3, 1, 0, 5, 1, '\n', '\n'})
	answer, _ := io.ReadAll(conn)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
		t.Errorf("a ClientHello is answered %q", answer)
	}
}

func TestWhatIsNeitherTLSNorHTTP(t *testing.T) {
	config, _ := secured()
	l := New(tcpListener(t), Options{TLS: config})
	serve(t, l)
	for what, c := range map[string]struct {
		says, answer string
	}{
		"garbage":                        {"\x00\xff\x80 what\r\n\r\n", "HTTP/1.1 400"},
		"garbage that begins as TLS":     {"\x16garbage garbage garbage", ""},
		"nothing, and the end":           {"", ""},
		"a first byte alone and the end": {"G", "HTTP/1.1 400"},
	} {
		conn := dial(t, l.Addr())
		_, _ = io.WriteString(conn, c.says)
		_ = conn.CloseWrite()
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		answer, err := io.ReadAll(conn)
		if !strings.HasPrefix(string(answer), c.answer) || c.answer == "" && len(answer) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s is answered %q, %v", what, answer, err)
		}
	}
}

func TestASilentConnectionIsClosed(t *testing.T) {
	config, _ := secured()
	l := New(tcpListener(t), Options{TLS: config, silence: 20 * time.Millisecond})
	serve(t, l)
	began := time.Now()
	conn := dial(t, l.Addr())
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || time.Since(began) < 20*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// TestTheFirstByteLiftsTheDeadline has a client speak on after the time for its first byte.
func TestTheFirstByteLiftsTheDeadline(t *testing.T) {
	config, trusting := secured()
	l := New(tcpListener(t), Options{TLS: config, silence: 50 * time.Millisecond})
	serve(t, l)
	for name, client := range map[string]*tls.Config{"plain": nil, "tls": trusting} {
		var conn net.Conn = dial(t, l.Addr())
		if client != nil {
			conn = tls.Client(conn, client)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\n")
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) { // waits, in fact
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestCloseDoesNotWaitForSilentClients(t *testing.T) {
	config, _ := secured()
	for range 100 { // some clients have been accepted by then, some not, and some are just being looked at
		l := New(tcpListener(t), Options{TLS: config})
		for range 4 {
			dial(t, l.Addr())
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = l.Close()
		}()
		select {
		case <-done:
		case <-time.After(silence / 2):
			t.Fatal("closing waits for a silent client")
		}
		if conn, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("accepted %v, %v after the end", conn, err)
		}
	}
}

func TestCloseDoesNotWaitForSomebodyToAccept(t *testing.T) {
	config, _ := secured()
	l := New(tcpListener(t), Options{TLS: config})
	conn := dial(t, l.Addr())
	_, _ = conn.Write([]byte("G"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.Close()
		_ = l.Close()
	}()
	within(t, "closing", done)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays open")
	}
}
