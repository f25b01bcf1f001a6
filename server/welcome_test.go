package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"rsc.io/qr"

	"yodel/server/certs"
)

func TestWhereTheServerCanBeOpened(t *testing.T) {
	t.Parallel()
	authority, err := certs.OpenAuthority("", "larch")
	if err != nil {
		t.Fatal(err)
	}
	own := &certificates{authority: authority}
	for name, c := range map[string]struct {
		cfg          Config
		certificates *certificates
		listening    string
		line, phones string
		leftOut      []string
	}{
		"this machine alone":              {Config{TLS: tlsLocal}, own, "127.0.0.1:8443", "serving http://127.0.0.1:8443", "", nil},
		"plain HTTP":                      {Config{TLS: tlsOff}, &certificates{}, "192.168.1.7:80", "serving http://192.168.1.7:80", "http://192.168.1.7:80", nil},
		"our own authority":               {Config{TLS: tlsLocal}, own, "192.168.1.7:8443", "serving https://192.168.1.7:8443", "http://192.168.1.7:8443", nil},
		"by IPv6":                         {Config{TLS: tlsLocal}, own, "[fd00::7]:8443", "serving https://[fd00::7]:8443", "http://[fd00::7]:8443", nil},
		"no private address":              {Config{TLS: tlsLocal}, own, "8.8.8.8:8443", "serving", "", []string{"8.8.8.8"}},
		"somebody else's files":           {Config{TLS: tlsFiles}, &certificates{}, "8.8.8.8:443", "serving https://8.8.8.8:443", "https://8.8.8.8:443", nil},
		"a public authority":              {Config{TLS: tlsAuto, ACME: ACME{Domains: []string{"call.example.org", "2001:db8::1"}}}, &certificates{}, "10.0.0.7:443", "serving https://call.example.org:443 https://[2001:db8::1]:443", "https://call.example.org:443", nil},
		"a public authority, and locally": {Config{TLS: tlsAuto, ACME: ACME{Domains: []string{"a.example"}}}, &certificates{}, "127.0.0.1:443", "serving http://127.0.0.1:443 https://a.example:443", "https://a.example:443", nil},
		"behind a proxy":                  {Config{TLS: tlsOff, PublicURL: "https://call.example.org"}, &certificates{}, "127.0.0.1:80", "serving https://call.example.org http://127.0.0.1:80", "https://call.example.org", nil},
	} {
		all, leftOut := addresses(c.cfg, c.certificates, netip.MustParseAddrPort(c.listening))
		if line := servingLine(c.cfg, all); line != c.line || !slices.Equal(leftOut, c.leftOut) {
			t.Errorf("%s: %q, without %q", name, line, leftOut)
		}
		if phones := addressForPhones(c.cfg, all); phones != c.phones {
			t.Errorf("%s: phones are sent to %q", name, phones)
		}
	}
	names := hosts(netip.IPv6Unspecified())
	if names[0] != "localhost" {
		t.Errorf("every address: %q", names)
	}
	if outward := towardOthers(); outward != "" && names[1] != outward {
		t.Errorf("of %q it is %s that others reach us by", names, outward)
	}
}

func TestTheQRCodeIsWhatWasMeant(t *testing.T) {
	t.Parallel()
	const text = "http://192.168.178.107:8443"
	want, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	drawn := qrCode(text, 80)
	lines := strings.Split(strings.TrimSuffix(drawn, "\n"), "\n")
	for i, line := range lines {
		inner, colours := strings.CutPrefix(line, "\x1b[38;5;16;48;5;231m")
		inner, reset := strings.CutSuffix(inner, "\x1b[0m")
		modules := []rune(inner)
		if !colours || !reset || len(modules) != want.Size+2*quiet {
			t.Fatalf("line %d is %q", i, line)
		}
		for j, module := range modules {
			x, y := j-quiet, 2*i-quiet
			if upper := module == '▀' || module == '█'; upper != want.Black(x, y) {
				t.Fatalf("module %d, %d is wrong", x, y)
			}
			if lower := module == '▄' || module == '█'; lower != want.Black(x, y+1) {
				t.Fatalf("module %d, %d is wrong", x, y+1)
			}
		}
	}
	if len(lines) != (want.Size+2*quiet+1)/2 {
		t.Errorf("%d lines for %d modules", len(lines), want.Size)
	}
	if qrCode(text, want.Size) != "" || qrCode(text, 0) != "" {
		t.Error("it is drawn where it has no room")
	}
}
