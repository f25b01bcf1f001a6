package httpapi_test

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"yodel/server/certs"
	"yodel/server/certs/trust"
	"yodel/server/httpapi"
	"yodel/server/passcode"
	"yodel/server/room"
	"yodel/server/token"
	"yodel/store/memory"
	"yodel/store/records"
)

// withTLS is an API beside TLS, with pages about trust or without.
func withTLS(t *testing.T, pages httpapi.Trust, strict ...string) http.Handler {
	return handler(t, httpapi.Config{RedirectTLS: true, Trust: pages, StrictNames: strict})
}

func handler(t *testing.T, cfg httpapi.Config) http.Handler {
	t.Helper()
	log, kept, events := slog.New(slog.DiscardHandler), records.InMemory(), memory.New(memory.Options{Retention: time.Minute, MaxLogBytes: 1 << 20})
	rooms := room.New(room.Config{Lease: time.Minute, LeaseInCall: time.Minute, TokenLife: time.Hour}, events, kept, passcode.New(), log)
	cfg.Heartbeat, cfg.StreamMaxAge = time.Minute, time.Hour
	api, err := httpapi.New(cfg, rooms, token.New(kept.Secret(), time.Hour), fstest.MapFS{"index.html": {Data: []byte("the app")}}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		api.Close()
		rooms.Close()
		_ = events.Close()
	})
	return api.Handler()
}

// TestPlainHTTPFromAnotherDevice shows where each kind of request is sent on to, and what needs no TLS.
func TestPlainHTTPFromAnotherDevice(t *testing.T) {
	t.Parallel()
	authority, err := certs.OpenAuthority("", "larch")
	if err != nil {
		t.Fatal(err)
	}
	local, other := withTLS(t, trust.New(authority.Root(), authority.Covers)), withTLS(t, nil)
	const browser, program = "text/html,application/xhtml+xml,*/*;q=0.8", "*/*"
	for name, c := range map[string]struct {
		api            http.Handler
		method, path   string
		accept, from   string
		secure         bool
		status         int
		location, body string
	}{
		"a page":                       {local, "GET", "/", browser, "192.168.1.9:5", false, 302, "/trust?to=%2F", ""},
		"a room":                       {local, "GET", "/r/valley?name=A", browser, "192.168.1.9:5", false, 302, "/trust?to=%2Fr%2Fvalley%3Fname%3DA", ""},
		"the API":                      {local, "GET", "/api/v1/ice-servers", browser, "192.168.1.9:5", false, 308, "https://yodel.local:8443/api/v1/ice-servers", ""},
		"a program":                    {local, "GET", "/", program, "192.168.1.9:5", false, 308, "https://yodel.local:8443/", ""},
		"a program, by no host":        {local, "GET", "/", program, "192.168.1.9:5", false, 400, "", "65535"},
		"a POST":                       {local, "POST", "/api/v1/rooms", browser, "192.168.1.9:5", false, 308, "https://yodel.local:8443/api/v1/rooms", ""},
		"the page about trust":         {local, "GET", "/trust", browser, "192.168.1.9:5", false, 200, "", "yodel-ca.crt"},
		"the certificate":              {local, "GET", "/yodel-ca.crt", browser, "192.168.1.9:5", false, 200, "", ""},
		"a page on this machine":       {local, "GET", "/", browser, "127.0.0.1:5", false, 200, "", "the app"},
		"a page over TLS":              {local, "GET", "/", browser, "192.168.1.9:5", true, 200, "", "the app"},
		"the sign over TLS":            {local, "GET", "/trusted.svg", "image/*", "192.168.1.9:5", true, 200, "", "<svg"},
		"a page, public certificate":   {other, "GET", "/", browser, "192.168.1.9:5", false, 308, "https://yodel.local:8443/", ""},
		"no page about trust for that": {other, "GET", "/trust", browser, "192.168.1.9:5", true, 404, "", ""},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Host, r.RemoteAddr, r.TLS = "yodel.local:8443", c.from, nil
		switch name {
		case "a program, by no host":
			r.Host = "x:99999"
		case "a page on this machine":
			r.Host = "localhost:8443"
		}
		if c.secure {
			r.TLS = &tls.ConnectionState{}
		}
		r.Header.Set("Accept", c.accept)
		w := httptest.NewRecorder()
		c.api.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.location || !strings.Contains(w.Body.String(), c.body) || c.location != "" && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d to %q", name, w.Code, w.Header().Get("Location"))
		}
		if w.Code == http.StatusFound && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a browser may keep that", name)
		}
	}
}
