package doctor_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"yodel/server/doctor"
)

// place is somewhere that is no Yodel, and how one comes to it.
type place struct {
	url     string
	proxy   *url.URL
	guessed bool
	broken  error // of the proxy's setting
}

// look prints what the doctor finds at a place.
func look(t *testing.T, p place) (doctor.Report, string) {
	t.Helper()
	origin, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	report := doctor.Examine(t.Context(), origin, doctor.Options{
		Guessed: p.guessed, Patience: 2 * time.Second, Log: slog.New(slog.DiscardHandler),
		Proxy: func(*url.URL) (*url.URL, error) { return p.proxy, p.broken },
	})
	var words bytes.Buffer
	if err := report.Print(&words); err != nil {
		t.Fatal(err)
	}
	return report, words.String()
}

func answering(status int, kind, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func web(t *testing.T, handler http.Handler) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func page(t *testing.T, status int) place {
	t.Helper()
	return place{url: web(t, answering(status, "text/html; charset=utf-8", "<!doctype html><title>"+http.StatusText(status)+"</title>"))}
}

// secure serves TLS with a certificate of its own that certificate changes.
func secure(t *testing.T, certificate x509.Certificate) place {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate.SerialNumber, certificate.Issuer = big.NewInt(1), certificate.Subject
	if certificate.NotAfter.IsZero() {
		certificate.NotAfter = time.Now().Add(time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, &certificate, &certificate, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return place{url: s.URL}
}

// tcp has something at a port that is no web server: it hears what is asked, says words, and hangs up or waits.
func tcp(t *testing.T, words string, wait bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 1024))
				_, _ = io.WriteString(conn, words)
				if wait {
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// proxied is a place behind a proxy that is at.
func proxied(to, at string) place {
	by, err := url.Parse(at)
	if err != nil {
		panic(err)
	}
	return place{url: to, proxy: by}
}

var here = []net.IP{net.IPv4(127, 0, 0, 1)}

// TestPlacesThatAreNotYodel goes to each and reads what is said of it: what was found, what it means, what to do.
func TestPlacesThatAreNotYodel(t *testing.T) {
	t.Parallel()
	const server = "https://call.example.org"
	for name, c := range map[string]struct {
		place
		reason doctor.Reason
		code   string
		says   []string
	}{
		"another site":               {page(t, 404), doctor.NotFound, doctor.NotYodel, []string{"no Yodel at this address (404)", "check the address"}},
		"its page":                   {page(t, 200), doctor.NotOurs, doctor.NotYodel, []string{"a web page answers that is not Yodel", "sign-in page", "check the address"}},
		"JSON of something else":     {place{url: web(t, answering(200, "application/json", `{"status":"ok"}`))}, doctor.NotOurs, doctor.NotYodel, []string{"something other than Yodel answers", "check the address"}},
		"JSON with a time":           {place{url: web(t, answering(200, "application/json", `{"at":"2026-01-02T03:04:05Z"}`))}, doctor.NotOurs, doctor.NotYodel, nil},
		"a gateway, 502":             {page(t, 502), doctor.Gateway, doctor.ServerDown, []string{"something in front of the server answers, but cannot reach the server itself (502)", "is it running"}},
		"a gateway, 503":             {page(t, 503), doctor.Gateway, doctor.ServerDown, []string{"(503)", "Ask whoever runs the server"}},
		"a gateway, 504":             {page(t, 504), doctor.Gateway, doctor.ServerDown, []string{"(504)"}},
		"an error":                   {page(t, 500), doctor.ServerError, doctor.ServerDown, []string{"an error of its own (500)", "look into its log"}},
		"a password":                 {page(t, 401), doctor.WantsLogin, doctor.ServerRefuses, []string{"wants a name and a password (401)", "without a further name"}},
		"a filter":                   {page(t, 403), doctor.Forbidden, doctor.ServerRefuses, []string{"forbids it (403)", "Ask the IT department"}},
		"a network to sign in to":    {page(t, 511), doctor.SentOn, doctor.NotYodel, []string{"wants people to sign in first", "in a browser"}},
		"a 429 of somebody else's":   {page(t, 429), doctor.NotOurs, doctor.NotYodel, nil},
		"a sign-in page":             {place{url: web(t, http.RedirectHandler(page(t, 200).url+"/login?mac=00:11", http.StatusFound))}, doctor.SentOn, doctor.NotYodel, []string{"it is sent on to http://127.0.0.1:", "a web page answers that is not Yodel", "sign in"}},
		"a circle":                   {place{url: web(t, http.RedirectHandler("/api/v1/doctor", http.StatusFound))}, doctor.SentInCircle, doctor.RedirectLoop, []string{"round in a circle", "redirects of the reverse proxy"}},
		"sent to nowhere":            {place{url: web(t, http.RedirectHandler("ftp://127.0.0.1/", http.StatusFound))}, doctor.SentOn, doctor.NotYodel, nil},
		"nobody":                     {place{url: "http://127.0.0.1:1"}, doctor.NobodyThere, doctor.Unreachable, []string{"nobody listens at port 1\n", "check the address", "is it running"}},
		"no such name":               {place{url: "https://nobody.invalid"}, doctor.UnknownName, doctor.Unreachable, []string{"nobody.invalid", "check the address", "HTTPS_PROXY"}},
		"silence":                    {place{url: "http://" + tcp(t, "", true)}, doctor.NoAnswer, doctor.Unreachable, []string{"no answer", "Ask the IT department", "is it running"}},
		"silence instead of TLS":     {place{url: "https://" + tcp(t, "", true)}, doctor.NoAnswer, doctor.Unreachable, nil},
		"hung up":                    {place{url: "http://" + tcp(t, "", false)}, doctor.Cut, doctor.Unreachable, []string{"cut off before an answer"}},
		"SSH":                        {place{url: "http://" + tcp(t, "SSH-2.0-OpenSSH_9.6\r\n", false)}, doctor.NotHTTP, doctor.NotYodel, []string{"no web server", "check the address"}},
		"SSH, asked by TLS":          {place{url: "https://" + tcp(t, "SSH-2.0-OpenSSH_9.6\r\n", false)}, doctor.NoTLS, doctor.NotYodel, []string{"does not speak TLS"}},
		"HTTPS where HTTP is":        {place{url: strings.Replace(page(t, 200).url, "http:", "https:", 1)}, doctor.SpeaksHTTP, doctor.WrongScheme, []string{"speaks plain HTTP, not HTTPS", "in front of it: http://127"}},
		"HTTP where HTTPS is":        {place{url: strings.Replace(secure(t, x509.Certificate{IPAddresses: here}).url, "https:", "http:", 1)}, doctor.SpeaksTLS, doctor.WrongScheme, []string{"speaks HTTPS, not plain HTTP", "https://127"}},
		"HTTP that was a guess":      {place{url: strings.Replace(page(t, 404).url, "http:", "https:", 1), guessed: true}, doctor.NotFound, doctor.NotYodel, []string{"https://127", "which means http://127"}},
		"a certificate of its own":   {secure(t, x509.Certificate{Subject: pkix.Name{CommonName: "Larch\x1b[2J & Co"}, IPAddresses: here}), doctor.Untrusted, doctor.NotTrusted, []string{"issued by “Larch[2J & Co”", "--insecure", "exempt 127.0.0.1:"}},
		"an expired certificate":     {secure(t, x509.Certificate{IPAddresses: here, NotAfter: time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)}), doctor.Expired, doctor.NotTrusted, []string{"expired on 2020-02-03 04:05:06 UTC", "check the date of this machine", "a certificate that is valid now"}},
		"an early certificate":       {secure(t, x509.Certificate{IPAddresses: here, NotBefore: time.Date(2120, 2, 3, 4, 5, 6, 0, time.UTC), NotAfter: time.Date(2121, 1, 1, 0, 0, 0, 0, time.UTC)}), doctor.NotYetValid, doctor.NotTrusted, []string{"valid only from 2120-02-03"}},
		"another's certificate":      {secure(t, x509.Certificate{DNSNames: []string{"a.example", "b.example"}}), doctor.WrongName, doctor.NotTrusted, []string{"is for a.example, b.example, not for 127.0.0.1"}},
		"an address for a name":      {secure(t, x509.Certificate{DNSNames: []string{"127.0.0.1"}}), doctor.WrongName, doctor.NotTrusted, []string{"has 127.0.0.1 where a name should be"}},
		"a proxy with a password":    {proxied(server, page(t, 407).url), doctor.ProxyLogin, doctor.ProxyBlocked, []string{"the proxy wants a name and a password (407)", "HTTPS_PROXY=http://name:password@proxy:3128"}},
		"a wrong password":           {proxied(server, strings.Replace(page(t, 407).url, "//", "//ann:edelweiss@", 1)), doctor.ProxyLogin, doctor.ProxyBlocked, []string{"does not take this name and password (407)"}},
		"407 to plain HTTP":          {proxied("http://call.example.org", page(t, 407).url), doctor.ProxyLogin, doctor.ProxyBlocked, nil},
		"a proxy that refuses":       {proxied(server, page(t, 403).url), doctor.ProxyRefuses, doctor.ProxyBlocked, []string{"the proxy refuses CONNECT call.example.org:443 (403)", "allow CONNECT call.example.org:443"}},
		"a proxy that cannot":        {proxied(server, page(t, 503).url), doctor.ProxyCannot, doctor.Unreachable, []string{"the proxy cannot reach call.example.org:443 (503)"}},
		"503 of proxy or server":     {proxied("http://call.example.org", page(t, 503).url), doctor.Gateway, doctor.ServerDown, []string{"the proxy, or something in front of the server,"}},
		"no proxy there":             {proxied(server, "http://127.0.0.1:1"), doctor.ProxyAway, doctor.ProxyBlocked, []string{"the proxy cannot be reached: turned away", "check HTTPS_PROXY"}},
		"no such proxy":              {proxied(server, "http://nobody.invalid:3128"), doctor.ProxyAway, doctor.ProxyBlocked, []string{"the proxy cannot be reached", "nobody.invalid"}},
		"no SOCKS proxy there":       {proxied(server, "socks5://"+tcp(t, "\x05\xff", false)), doctor.ProxyRefuses, doctor.ProxyBlocked, []string{"the SOCKS proxy does not let call.example.org:443 through"}},
		"a proxy of another kind":    {proxied(server, "socks4://127.0.0.1:1"), doctor.ProxySetting, doctor.ProxyBlocked, []string{"a proxy of the kind socks4:"}},
		"a proxy's URL that is none": {place{url: server, broken: &url.Error{Op: "parse", URL: "http://ann:edelweiss@ proxy", Err: io.EOF}}, doctor.ProxySetting, doctor.ProxyBlocked, []string{"cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, words := look(t, c.place)
			found := report.Findings[slices.IndexFunc(report.Findings, func(f doctor.Finding) bool { return f.Way == doctor.Page })]
			if found.Reason != c.reason || report.Verdict.Code != c.code || report.Verdict.GetsThrough() {
				t.Errorf("%+v, %+v", found, report.Verdict)
			}
			for _, each := range c.says {
				if !strings.Contains(words, each) {
					t.Errorf("no %q", each)
				}
			}
			for _, raw := range []string{"edelweiss", "dial tcp", "lookup ", "x509", "tls:", "http: ", "malformed", "EOF", "\x1b", "STUN", "cannot be reached\n"} {
				if strings.Contains(words, raw) {
					t.Errorf("%q is not for people", raw)
				}
			}
			if t.Failed() || testing.Verbose() {
				t.Log("\n" + words)
			}
		})
	}
}
