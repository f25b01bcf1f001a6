package trust_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"yodel/server/certs"
	"yodel/server/certs/trust"
)

const (
	iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
	android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)

func pages(t *testing.T) (*trust.Pages, *x509.Certificate) {
	t.Helper()
	authority, err := certs.OpenAuthority("", "larch")
	if err != nil {
		t.Fatal(err)
	}
	return trust.New(authority.Root(), authority.Covers), authority.Root()
}

// get asks as a browser does; header are pairs of a name and a value.
func get(t *testing.T, p *trust.Pages, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = "192.168.1.7:8443"
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

func TestThePageSpeaksTheReadersLanguage(t *testing.T) {
	p, _ := pages(t)
	for name, c := range map[string]struct{ path, languages, want, link string }{
		"English":                           {"/trust", "en-GB,en;q=0.9", "Get the certificate", "lang=zh"},
		"Chinese":                           {"/trust", "zh-CN,zh;q=0.9,en;q=0.8", "取得证书", "lang=en"},
		"one that is not there":             {"/trust", "fr-FR", "Get the certificate", "lang=zh"},
		"the second choice":                 {"/trust", "fr-FR, zh-TW;q=0.5", "取得证书", "lang=en"},
		"none said":                         {"/trust", "", "Get the certificate", "lang=zh"},
		"the other, by the link":            {"/trust?lang=zh", "en", "取得证书", "lang=en"},
		"one by the link that is not there": {"/trust?lang=xx", "zh", "取得证书", "lang=en"},
	} {
		body := get(t, p, c.path, "Accept-Language", c.languages).Body.String()
		if !strings.Contains(body, c.want) || !strings.Contains(body, c.link) {
			t.Errorf("%s: lacks %q or %q", name, c.want, c.link)
		}
	}
}

func TestThePageUnfoldsTheReadersDevice(t *testing.T) {
	p, _ := pages(t)
	for name, c := range map[string]struct{ agent, want string }{
		"iPhone":            {iPhone, "iPhone, iPad"},
		"Android":           {android, "Android"},
		"something unknown": {"curl/8", ""},
	} {
		open := regexp.MustCompile(`<details open>\s*<summary>([^<]*)`).FindAllStringSubmatch(get(t, p, "/trust", "User-Agent", c.agent).Body.String(), -1)
		if len(open) > 1 || (len(open) == 1) != (c.want != "") || len(open) == 1 && open[0][1] != c.want {
			t.Errorf("%s: unfolded is %v", name, open)
		}
	}
}

func TestThePageLeadsBackToWhereTheReaderWasGoing(t *testing.T) {
	p, _ := pages(t)
	wanted := httptest.NewRequest(http.MethodGet, "/r/valley?name=Ann+Lee", nil)
	for path, want := range map[string]string{
		p.For(wanted):                    "https://192.168.1.7:8443/r/valley?name=Ann&#43;Lee",
		"/trust":                         "https://192.168.1.7:8443/",
		"/trust?to=//evil.example/x":     "https://192.168.1.7:8443/x",
		"/trust?to=https://evil.example": "https://192.168.1.7:8443/",
		"/trust?to=javascript:alert(1)":  "https://192.168.1.7:8443/",
		"/trust?to=%22%3E%3Cscript%3E":   "https://192.168.1.7:8443/",
		"/trust?to=/%22%3E%3Cscript%3E":  "https://192.168.1.7:8443/%22%3E%3Cscript%3E",
	} {
		if body := get(t, p, path).Body.String(); !strings.Contains(body, `href="`+want+`"`) {
			t.Errorf("%s: no link to %s among %v", path, want, regexp.MustCompile(`href="[^"]*"`).FindAllString(body, -1))
		}
	}
	if other := get(t, p, p.For(wanted)).Body.String(); !strings.Contains(other, "to=%2Fr%2Fvalley") {
		t.Error("the other language has forgotten it")
	}
}

func TestThePageLoadsNothingAndRunsNothing(t *testing.T) {
	p, _ := pages(t)
	w := get(t, p, "/trust")
	policy, body := w.Header().Get("Content-Security-Policy"), w.Body.String()
	css := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(body)
	sum := sha256.Sum256([]byte(css[1]))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, "style-src "+want+";") {
		t.Errorf("the policy %q does not allow the page's own style, %s", policy, want)
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "img-src https://192.168.1.7:8443;") || strings.Contains(body, "<script") {
		t.Errorf("the policy is %q", policy)
	}
	if len(body) > 16<<10 {
		t.Errorf("the page has %d bytes", len(body))
	}
	for _, host := range []string{"a;script-src *", "a b", "", `a"b`, "[::1"} {
		if got := get(t, p, "/trust", "Host", host).Code; got != http.StatusBadRequest {
			t.Errorf("host %q: %d", host, got)
		}
	}
	if got := get(t, p, "/trust", "Host", "[fd00::2]:8443"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `https://[fd00::2]:8443/`) {
		t.Error("by IPv6: no page, or no link")
	}
}

func TestThePageSaysWhereTheCertificateIsNoGood(t *testing.T) {
	p, _ := pages(t)
	for host, good := range map[string]bool{"192.168.1.7:8443": true, "larch.local:8443": true, "[fd00::2]:8443": true, "larch.router.example:8443": false, "8.8.8.8": false} {
		if said := strings.Contains(get(t, p, "/trust", "Host", host).Body.String(), "does not cover this address"); said == good {
			t.Errorf("%s: said %v", host, said)
		}
	}
}

func TestTheCertificateIsHandedOut(t *testing.T) {
	p, root := pages(t)
	w := get(t, p, "/yodel-ca.crt")
	if w.Header().Get("Content-Type") != "application/x-x509-ca-cert" || !bytes.Equal(w.Body.Bytes(), root.Raw) {
		t.Errorf("%v", w.Header())
	}
	print := trust.Fingerprint(root)
	body := get(t, p, "/trust").Body.String()
	if !regexp.MustCompile(`^([0-9A-F]{2}:){31}[0-9A-F]{2}$`).MatchString(print) || !strings.Contains(body, print) || !strings.Contains(body, root.Subject.CommonName) {
		t.Errorf("the page does not show %s of %s", print, root.Subject.CommonName)
	}
	sign := get(t, p, "/trusted.svg?lang=zh")
	if sign.Header().Get("Content-Type") != "image/svg+xml" || sign.Header().Get("Cache-Control") != "no-store" || !strings.Contains(sign.Body.String(), "已经信任") {
		t.Errorf("the sign: %v", sign.Header())
	}
	if want := []string{"/trust", "/yodel-ca.crt", "/trusted.svg"}; !reflect.DeepEqual(p.Paths(), want) {
		t.Errorf("paths: %v", p.Paths())
	}
}
