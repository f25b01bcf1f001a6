package listen

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// binding is a STUN Binding request (RFC 8489 §5, §6.1).
func binding() []byte {
	request := make([]byte, 20)
	request[1] = 1
	binary.BigEndian.PutUint32(request[4:], magicCookie)
	copy(request[8:], "transaction!")
	return request
}

// echoing is a listener whose STUN connections say back what they hear.
func echoing(t *testing.T, config *tls.Config) *Listener {
	l := New(tcpListener(t), Options{TLS: config, STUN: func(conn net.Conn) {
		go func() {
			defer func() { _ = conn.Close() }()
			_, _ = io.Copy(conn, conn)
		}()
	}})
	serve(t, l)
	return l
}

func TestSTUNAndHTTPOnOnePortInsideTLSAndOutside(t *testing.T) {
	config, trusting := secured()
	l := echoing(t, config)
	for name, dialled := range map[string]func() net.Conn{
		"plain": func() net.Conn { return dial(t, l.Addr()) },
		"tls":   func() net.Conn { return tls.Client(dial(t, l.Addr()), trusting) },
		"tls that says http/1.1": func() net.Conn { // Firefox does, behind a proxy
			c := trusting.Clone()
			c.NextProtos = []string{"http/1.1"}
			return tls.Client(dial(t, l.Addr()), c)
		},
	} {
		conn := dialled()
		for _, piece := range [][]byte{binding()[:3], binding()[3:7], binding()[7:]} { // however it is cut
			if _, err := conn.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		back := make([]byte, 20)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.ReadFull(conn, back); err != nil || string(back) != string(binding()) {
			t.Errorf("%s: STUN hears %q, %v", name, back, err)
		}
		_ = conn.Close()
	}
	transport := &http.Transport{TLSClientConfig: trusting}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for url, want := range map[string]string{"http://" + l.Addr().String(): "plain", "https://" + l.Addr().String(): "tls"} {
		for range 2 { // on one connection
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
}

func TestWithoutTLSThereIsSTUNAllTheSame(t *testing.T) {
	l := echoing(t, nil)
	conn := dial(t, l.Addr())
	_, _ = conn.Write(binding())
	back := make([]byte, 20)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(conn, back); err != nil || string(back) != string(binding()) {
		t.Errorf("STUN hears %q, %v", back, err)
	}
}

func TestKinds(t *testing.T) {
	all := Options{TLS: &tls.Config{}, STUN: func(net.Conn) {}}
	other := binding()
	other[4] = 0
	for name, c := range map[string]struct {
		first string
		opts  Options
		want  kind
	}{
		"nothing yet":                      {"", all, unknown},
		"a letter":                         {"G", all, isHTTP},
		"a ClientHello":                    {"\x16", all, isTLS},
		"a ClientHello without TLS":        {"\x16", Options{}, isHTTP},
		"the beginning of a message":       {string(binding()[:7]), all, unknown},
		"a STUN message":                   {string(binding()[:8]), all, isSTUN},
		"a STUN message nobody waits for":  {string(binding()), Options{TLS: all.TLS}, isHTTP},
		"another cookie":                   {string(other), all, isHTTP},
		"ChannelData (RFC 8656 §12.4)":     {"\x40\x00\x00\x04abcd", all, isHTTP},
		"a line end before the first line": {"\r\nGET / ", all, isHTTP},
	} {
		if got := kindOf([]byte(c.first), &c.opts); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestASilentClientInsideTLSIsClosed: the handshake alone is not enough.
func TestASilentClientInsideTLSIsClosed(t *testing.T) {
	config, trusting := secured()
	l := New(tcpListener(t), Options{TLS: config, STUN: func(net.Conn) {}, silence: 200 * time.Millisecond})
	serve(t, l)
	conn := tls.Client(dial(t, l.Addr()), trusting)
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := conn.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("%v", err)
	}
}
