package httpapi_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestWhoIsHeldToHTTPS shows that it is browsers that came to a name of a public certificate, and nobody else.
func TestWhoIsHeldToHTTPS(t *testing.T) {
	t.Parallel()
	api := withTLS(t, nil, "call.example.org")
	for name, c := range map[string]struct {
		host, path string
		secure     bool
		strict     bool
	}{
		"a page":              {"call.example.org", "/", true, true},
		"a room, in capitals": {"Call.Example.org:443", "/r/valley", true, true},
		"another port":        {"call.example.org:8443", "/", true, false},
		"by an address":       {"192.0.2.1", "/", true, false},
		"a name below":        {"x.call.example.org", "/", true, false},
		"plain":               {"call.example.org", "/", false, false},
		"what is no page":     {"call.example.org", "/healthz", true, false},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.Host, r.RemoteAddr, r.TLS = c.host, "127.0.0.1:5", nil
		status := http.StatusPermanentRedirect
		if c.secure {
			status = http.StatusOK
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); (got == "max-age=15552000") != c.strict || w.Code != status {
			t.Errorf("%s: %d, %q", name, w.Code, got)
		}
	}
}
