package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"yodel/server/httpapi"
)

// TestPlainHTTPThroughProxies shows what is taken for a request of this machine, and what of one in the clear.
func TestPlainHTTPThroughProxies(t *testing.T) {
	t.Parallel()
	const public = "https://call.example.org"
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32")}
	own := handler(t, httpapi.Config{RedirectTLS: true})
	ownNamed := handler(t, httpapi.Config{RedirectTLS: true, PublicURL: public, TrustedProxies: proxies})
	behind := handler(t, httpapi.Config{ProxyDoesTLS: true, PublicURL: public, TrustedProxies: proxies})
	open := handler(t, httpapi.Config{PublicURL: public})
	for name, c := range map[string]struct {
		api              http.Handler
		from, host, path string
		header           string // set, in whatever way
		location         string // "": it is answered
	}{
		"from this machine":                        {own, "127.0.0.1:5", "localhost:8443", "/", "", ""},
		"from this machine, by IPv6":               {own, "[::1]:5", "[::1]:8443", "/", "", ""},
		"by no name":                               {own, "127.0.0.1:5", "", "/", "", ""},
		"passed on as TCP":                         {own, "127.0.0.1:5", "call.example.org", "/r/a?b", "", public + "/r/a?b"},
		"passed on as TCP, IPv6":                   {own, "[::1]:5", "call.example.org", "/", "", public + "/"},
		"passed on as TCP, to a port of its own":   {ownNamed, "127.0.0.1:5", "call.example.org:80", "/", "", public + "/"},
		"by a tunnel that does TLS":                {own, "127.0.0.1:5", "call.example.org", "/", "X-Forwarded-Proto", ""},
		"from elsewhere, with a header of its own": {own, "192.0.2.9:5", "call.example.org", "/", "X-Forwarded-Proto", public + "/"},
		"from elsewhere, called localhost":         {ownNamed, "192.0.2.9:5", "localhost", "/", "", public + "/"},
		"from a proxy that encrypts no more":       {ownNamed, "10.0.0.2:5", "call.example.org", "/", "", ""},
		"past a proxy that does TLS":               {behind, "192.0.2.9:5", "call.example.org:8080", "/r/a", "", public + "/r/a"},
		"past it, with a header of its own":        {behind, "192.0.2.9:5", "call.example.org:8080", "/", "X-Forwarded-Proto", public + "/"},
		"past it, for its health":                  {behind, "192.0.2.9:5", "192.0.2.1:8080", "/healthz", "", ""},
		"past it, for its figures":                 {behind, "127.0.0.1:5", "127.0.0.1:8080", "/metrics", "", ""},
		"by it":                                    {behind, "10.0.0.2:5", "call.example.org", "/", "X-Forwarded-Proto", ""},
		"nobody is said to do TLS":                 {open, "192.0.2.9:5", "call.example.org", "/", "", ""},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.Host, r.RemoteAddr = c.host, c.from
		if c.header != "" {
			r.Header.Set(c.header, "https")
		}
		w := httptest.NewRecorder()
		c.api.ServeHTTP(w, r)
		want := 200
		if c.location != "" {
			want = 308
		}
		if w.Code != want || w.Header().Get("Location") != c.location {
			t.Errorf("%s: %d to %q", name, w.Code, w.Header().Get("Location"))
		}
	}
}

// TestWhoMayReadTheFigures where no token is set: a proxy that passes on TCP is no way in, nor one that adds no header, nor
// a page whose name leads to this machine.
func TestWhoMayReadTheFigures(t *testing.T) {
	t.Parallel()
	api := handler(t, httpapi.Config{})
	for name, c := range map[string]struct {
		from, host string
		status     int
	}{
		"this machine":             {"127.0.0.1:5", "localhost:8443", 200},
		"this machine, by IPv6":    {"[::1]:5", "[::1]:8443", 200},
		"somebody by a proxy":      {"127.0.0.1:5", "call.example.org", 403},
		"somebody else":            {"192.0.2.9:5", "192.0.2.1:8443", 403},
		"somebody else's pretence": {"192.0.2.9:5", "localhost:8443", 403},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Host, r.RemoteAddr = c.host, c.from
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != c.status {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}
