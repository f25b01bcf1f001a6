package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
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
		"where only a proxy leads in":     {Config{TLS: tlsOff, PublicURL: "https://call.example.org", TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32")}}, &certificates{}, "10.0.0.7:80", "serving https://call.example.org", "https://call.example.org", nil},
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

func TestTheAddressThatOthersReachUsByComesFirst(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host, on string
		rank     int
	}{
		"the way out":           {"192.168.1.7", "wlan0", 0},
		"the way out, a bridge": {"192.168.1.7", "br-0123456789ab", 0},
		"another network":       {"10.0.0.7", "eth1", 1},
		"a bridge of one's own": {"10.0.0.7", "br-lan", 1},
		"an IPv6 address":       {"fd00::7", "eth1", 2},
		"containers":            {"172.17.0.1", "docker0", 3},
		"more of them":          {"172.18.0.1", "br-0123456789ab", 3},
		"virtual machines":      {"192.168.122.1", "virbr0", 3},
		"the same by IPv6":      {"fd17::1", "docker0", 3},
	} {
		if got := rank(netip.MustParseAddr(c.host), c.on, "192.168.1.7"); got != c.rank {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestAPersonIsToldWhatToOpen(t *testing.T) {
	t.Parallel()
	here, lan := address{"http", "localhost", 8443}, address{"https", "192.168.1.7", 8443}
	for name, c := range map[string]struct {
		cfg     Config
		all     []address
		leftOut []string
		columns int
		want    string
	}{
		"a terminal without room": {Config{TLS: tlsLocal}, []address{here, lan}, nil, 20,
			"\nOn a phone open http://192.168.1.7:8443, in the same network: a page says how to trust the certificate.\nOn this machine open http://localhost:8443.\nCtrl-C stops it.\n\n"},
		"a public name":     {Config{TLS: tlsAuto}, []address{{"https", "a.example", 443}}, nil, 20, "\nOn a phone open https://a.example:443.\nCtrl-C stops it.\n\n"},
		"behind a proxy":    {Config{TLS: tlsLocal, PublicURL: "https://a.example"}, []address{here}, nil, 20, "\nOn a phone open https://a.example.\nOn this machine open http://localhost:8443.\nCtrl-C stops it.\n\n"},
		"no network":        {Config{TLS: tlsLocal}, []address{here}, nil, 80, "\nNo other device can open it: this machine is in no network, or --listen is for itself alone.\nOn this machine open http://localhost:8443.\nCtrl-C stops it.\n\n"},
		"warned of already": {Config{TLS: tlsLocal}, []address{here}, []string{"8.8.8.8"}, 80, "\nOn this machine open http://localhost:8443.\nCtrl-C stops it.\n\n"},
	} {
		if got := invitation(c.cfg, c.all, c.leftOut, c.columns); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if drawn := invitation(Config{TLS: tlsLocal}, []address{here, lan}, nil, 80); !strings.Contains(drawn, "▀") || !strings.Contains(drawn, "Scan this with a phone, or open http://192.168.1.7:8443 there, in the same network") {
		t.Error(drawn)
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

// TestAnAuthorityThatSpeaksForNoAddress cannot be of use to anybody.
func TestAnAuthorityThatSpeaksForNoAddress(t *testing.T) {
	t.Parallel()
	authority, err := certs.OpenAuthority("", "larch")
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	err = welcome(Config{TLS: tlsLocal}, &certificates{authority: authority}, &net.TCPAddr{IP: net.IPv4(8, 8, 8, 8), Port: 8443}, &said, io.Discard, slog.New(slog.DiscardHandler))
	if !errors.As(err, &usageError{}) || !strings.Contains(err.Error(), "8.8.8.8") || said.Len() > 0 {
		t.Errorf("%v, and on stdout %q", err, &said)
	}
}
