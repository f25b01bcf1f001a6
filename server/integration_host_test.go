package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// joinAs joins room r by a request that calls the server by this host.
func (s *server) joinAs(host string) (status int, urls []string) {
	s.t.Helper()
	response := exchangeRaw(s.t, s.url, fmt.Sprintf("POST /api/v1/rooms/r/peers HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", host))
	defer response.Body.Close()
	var joined struct{ ICEServers []iceServer }
	if err := json.NewDecoder(response.Body).Decode(&joined); err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, urlsOf(joined.ICEServers)
}

// TestWhatTheServerIsCalled shows what becomes of a Host header in the list of ICE servers, and that one which names no
// host gives nobody a seat. TestGarbage has more of those.
func TestWhatTheServerIsCalled(t *testing.T) {
	t.Parallel()
	s := start(t)
	if status, urls := s.joinAs("x:99999"); status != http.StatusBadRequest || urls != nil {
		t.Errorf("a host that is none: %d, %q", status, urls)
	}
	s.get("/rooms/r", "").isProblem("room-not-found")
	for host, want := range map[string]string{
		"call.example.org.:8443": "call.example.org:8443", "call.example.org.": "call.example.org:80", "xn--bcher-kva.example:1": "xn--bcher-kva.example:1",
		"[fe80::1%25eth0]:8443": "[fe80::1]:8443", "[2001:db8::1]": "[2001:db8::1]:80", "my_box": "my_box:80",
	} {
		if status, urls := s.joinAs(host); status != http.StatusCreated || len(urls) == 0 || urls[0] != "stun:"+want {
			t.Errorf("%s: %d, %q", host, status, urls)
		}
	}
	for flag, want := range map[string]string{"--public-url=https://bücher.example.": "stun:xn--bcher-kva.example:", "--public-url=http://[2001:db8::1]:8080": "stun:[2001:db8::1]:8080"} {
		if status, urls := start(t, flag).joinAs("x:99999"); status != http.StatusCreated || len(urls) == 0 || !strings.HasPrefix(urls[0], want) {
			t.Errorf("%s: %d, %q", flag, status, urls)
		}
	}
}

// TestGarbageOverTLS shows that net/http's own words do not come through there either.
func TestGarbageOverTLS(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	for _, host := range []string{"a b", "x:99999"} {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "http://"), &tls.Config{RootCAs: roots})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "POST /api/v1/rooms/r/peers HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", host); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		contract().Recorder(t, nil).CheckProblem("BadRequest", response)
	}
}
