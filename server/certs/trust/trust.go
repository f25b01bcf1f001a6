// Package trust is the page that tells a person how to have a device trust our own certificate authority, and hands out
// its certificate. It is for devices that do not trust it yet, so it works over plain HTTP and needs no script.
package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Paths of what is served.
const (
	PagePath = "/trust"
	FilePath = "/yodel-ca.crt"
	// signPath is a picture that the page shows by https: who trusts us sees it, and nobody else does.
	signPath = "/trusted.svg"
)

//go:embed page.html
var pageHTML string

//go:embed sign.svg
var signSVG string

//go:embed style.css
var style string

var (
	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
	signTemplate = template.Must(template.New("sign").Parse(signSVG))
	styleHash    = func() string {
		sum := sha256.Sum256([]byte(style))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}()
	plausibleHost = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?$`)
)

// Pages serves one authority's certificate and how to trust it.
type Pages struct {
	root   *x509.Certificate
	covers func(host string) bool
}

// New is for an authority with this certificate, which vouches for the hosts that covers says.
func New(root *x509.Certificate, covers func(host string) bool) *Pages { return &Pages{root, covers} }

// Paths are what ServeHTTP answers.
func (p *Pages) Paths() []string { return []string{PagePath, FilePath, signPath} }

// For is where a page that was asked for over plain HTTP leads first.
func (p *Pages) For(r *http.Request) string {
	return PagePath + "?to=" + url.QueryEscape(r.URL.RequestURI())
}

// Fingerprint is the SHA-256 of a certificate, as devices show it.
func Fingerprint(of *x509.Certificate) string {
	sum := sha256.Sum256(of.Raw)
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, ":")
}

// ServeHTTP implements http.Handler, for GET and HEAD of its paths.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case FilePath:
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(p.root.Raw)
	case signPath:
		p.serveSign(w, r)
	default:
		p.servePage(w, r)
	}
}

func (p *Pages) serveSign(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // the page is of another scheme
	render(w, signTemplate, texts[language(r)].Sign)
}

func (p *Pages) servePage(w http.ResponseWriter, r *http.Request) {
	if !plausibleHost.MatchString(r.Host) {
		http.Error(w, "no such host", http.StatusBadRequest)
		return
	}
	lang := language(r)
	other := languages[1]
	if lang == other {
		other = languages[0]
	}
	to := target(r)
	query := url.Values{"lang": {other}}
	if to != "/" {
		query.Set("to", to)
	}
	origin := "https://" + r.Host
	pictures := origin
	if strings.HasPrefix(r.Host, "[") {
		pictures = "https:" // a policy has no way to write such a host
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src "+styleHash+"; img-src "+pictures+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer") // links to rooms are secrets
	w.Header().Set("Vary", "Accept-Language, User-Agent")
	render(w, pageTemplate, map[string]any{
		"Lang": lang, "Text": texts[lang], "Style": template.CSS(style), "Devices": texts[lang].devices(r.UserAgent()),
		"OtherLang": other, "OtherName": texts[other].Name, "OtherURL": PagePath + "?" + query.Encode(),
		"Uncovered": !p.covers((&url.URL{Host: r.Host}).Hostname()), "Host": r.Host,
		"FileURL": FilePath, "AppURL": origin + to, "SignURL": origin + signPath + "?lang=" + lang,
		"Name": p.root.Subject.CommonName, "Fingerprint": Fingerprint(p.root),
	})
}

// render writes nothing before all of it is there.
func render(w http.ResponseWriter, what *template.Template, data any) {
	var page bytes.Buffer
	if err := what.Execute(&page, data); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(page.Bytes())
}

// language is the one asked for by the link of the page itself, or else by the browser.
func language(r *http.Request) string {
	asked := r.URL.Query().Get("lang")
	if _, known := texts[asked]; known {
		return asked
	}
	return preferred(r.Header.Get("Accept-Language"))
}

// target is the page of the app that the reader was on the way to, always on this host.
func target(r *http.Request) string {
	to, err := url.Parse(r.URL.Query().Get("to"))
	if err != nil || !strings.HasPrefix(to.Path, "/") {
		return "/"
	}
	return to.RequestURI()
}
