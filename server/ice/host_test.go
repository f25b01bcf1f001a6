package ice_test

import (
	"strings"
	"testing"

	"yodel/server/ice"
)

func TestParseHost(t *testing.T) {
	type found struct {
		host string
		port int
	}
	for text, want := range map[string]found{
		"call.example.org": {"call.example.org", 0}, "call.example.org:8443": {"call.example.org", 8443}, "call.example.org:": {"call.example.org", 0},
		"call.example.org.": {"call.example.org", 0}, "call.example.org.:443": {"call.example.org", 443}, "localhost": {"localhost", 0},
		"my_box": {"my_box", 0}, "xn--bcher-kva.example": {"xn--bcher-kva.example", 0}, "192.0.2.1:80": {"192.0.2.1", 80}, "4u.example:1": {"4u.example", 1},
		"[::1]": {"::1", 0}, "[2001:db8::1]:443": {"2001:db8::1", 443}, "[fe80::1%25eth0]:8443": {"fe80::1", 8443}, "[fe80::1%eth0]": {"fe80::1", 0},
		"[::1]:": {"::1", 0}, "[::ffff:192.0.2.1]:1": {"::ffff:192.0.2.1", 1}, "Call.Example:65535": {"Call.Example", 65535},
	} {
		if host, port, err := ice.ParseHost(text); host != want.host || port != want.port || err != nil {
			t.Errorf("%q: %q and %d, %v", text, host, port, err)
		}
	}
	for _, text := range []string{
		"", " ", ".", ":", ":80", "x:99999", "x:0", "1.2.3.4:0", "x:-1", "x:+1", "x:http", "[::1", "::1", "[::1]x", "[::1%25", "%25eth0", "x%25y", "[]", "[x]",
		"[192.0.2.1]", "a b", "exa_mple..org", "-a", "a-", "1.2.3.4.5", "256.1.1.1", "a/b", "a@b", "a,b", `a"b`, "a\n", "bücher.example", "x::", strings.Repeat("a", 254),
	} {
		if host, port, err := ice.ParseHost(text); err == nil {
			t.Errorf("%q was taken for %q and %d", text, host, port)
		}
	}
}

func TestHostPort(t *testing.T) {
	for _, text := range []string{"a", "a:1", "[::1]", "[::1]:1", "192.0.2.1:443"} {
		host, port, err := ice.ParseHost(text)
		if got := ice.HostPort(host, port); got != text || err != nil {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
}

func TestASCIIHost(t *testing.T) {
	for text, want := range map[string]string{
		"bücher.example:443": "xn--bcher-kva.example:443", "电话.example": "xn--wny669b.example", "my_box:1": "my_box:1", "[::1]:1": "[::1]:1", "": "",
	} {
		if got, err := ice.ASCIIHost(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if got, err := ice.ASCIIHost("\u200dü.example"); err == nil {
		t.Errorf("a stray joiner: %q", got)
	}
}

func FuzzParseHost(f *testing.F) {
	f.Add("call.example.org.:443")
	f.Add("[fe80::1%25eth0]:8443")
	f.Fuzz(func(t *testing.T, text string) {
		host, port, err := ice.ParseHost(text)
		if err != nil {
			return
		}
		// A browser takes what is made of it, and taken apart again it is the same.
		whole := ice.HostPort(host, port)
		if err := ice.CheckSTUN("stun:" + whole); err != nil {
			t.Errorf("%q became %v", text, err)
		}
		if again, port2, err := ice.ParseHost(whole); again != host || port2 != port || err != nil {
			t.Errorf("%q became %q", text, again)
		}
	})
}
