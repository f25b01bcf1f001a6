package ice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"yodel/server/ice"
)

var (
	now  = time.Unix(1_750_000_000, 0)
	both = ice.Config{
		STUN:   []string{"stun:a.example:3478"},
		TURN:   []string{"turn:a.example:3478?transport=udp", "turns:a.example:443?transport=tcp"},
		Secret: "north", TTL: time.Hour,
	}
)

func TestServers(t *testing.T) {
	for name, tc := range map[string]struct {
		config ice.Config
		user   string
		want   string
	}{
		"nothing configured":    {ice.Config{}, "kitchen-ann", `[]`},
		"nobody in particular":  {both, "", `[{"urls":["stun:a.example:3478"]}]`},
		"a peer":                {both, "kitchen-ann", `[{"urls":["stun:a.example:3478"]},{"urls":["turn:a.example:3478?transport=udp","turns:a.example:443?transport=tcp"],"username":"1750003600:kitchen-ann","credential":"` + kitchenAnn + `"}]`},
		"TURN alone for a peer": {ice.Config{TURN: both.TURN[:1], Secret: "north", TTL: time.Hour}, "kitchen-ann", `[{"urls":["turn:a.example:3478?transport=udp"],"username":"1750003600:kitchen-ann","credential":"` + kitchenAnn + `"}]`},
		"TURN alone for nobody": {ice.Config{TURN: both.TURN, Secret: "north", TTL: time.Hour}, "", `[]`},
	} {
		got, err := json.Marshal(tc.config.Servers(tc.user, ice.Way{}, now))
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// kitchenAnn is what openssl says: printf %s 1750003600:kitchen-ann | openssl dgst -sha1 -hmac north -binary | base64
const kitchenAnn = "Pg0y9II8RQezTJcfJhZ4CTxZ6cA="

func TestValidate(t *testing.T) {
	with := func(change func(*ice.Config)) ice.Config {
		c := both
		change(&c)
		return c
	}
	for name, tc := range map[string]struct {
		config ice.Config
		want   string
	}{
		"nothing":              {ice.Config{}, ""},
		"both":                 {both, ""},
		"no secret":            {with(func(c *ice.Config) { c.Secret = "" }), "secret"},
		"a secret for nothing": {with(func(c *ice.Config) { c.TURN = nil }), "secret"},
		"no lifetime":          {with(func(c *ice.Config) { c.TTL = 0 }), "second"},
		"TURN among STUN":      {with(func(c *ice.Config) { c.STUN = c.TURN }), "stun"},
		"STUN among TURN":      {with(func(c *ice.Config) { c.TURN = c.STUN }), "turn"},
	} {
		err := tc.config.Validate()
		if (err == nil) != (tc.want == "") || !strings.Contains(fmt.Sprint(err), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestURLs(t *testing.T) {
	good := []string{
		"turn:example.org", "turn:example.org:3478", "turns:example.org:443?transport=tcp", "turn:192.0.2.1?transport=udp",
		"turn:[2001:db8::1]", "turn:[2001:db8::1]:3478?transport=udp", "TURN:my_host.local.", "turn:localhost:65535",
	}
	for _, raw := range good {
		if err := ice.CheckTURN(raw); err != nil {
			t.Error(err)
		}
	}
	bad := []string{
		"", "turn", "turn:", "turn:?transport=udp", "turn://example.org", "turn:example.org:", "turn:example.org:0", "turn:example.org:65536",
		"turn:example.org:+80", "turn:example.org:http", "turn:example.org?transport=sctp", "turn:example.org?transport=udp&x=1", "turn:example.org?",
		"turn:ann@example.org", "turn:2001:db8::1", "turn:[2001:db8::1", "turn:[2001:db8::1]x", "turn:[192.0.2.1]", "turn:[fe80::1%25eth0]", "turn:a..b",
		"turn:exa mple.org", "turn:example.org/path", "turn:-a", "turn:a,b", "stun:example.org", "http://example.org", "turn:" + strings.Repeat("a", 300),
		" turn:example.org", "turn:example.org\n",
	}
	for _, raw := range bad {
		if err := ice.CheckTURN(raw); err == nil {
			t.Errorf("%q was accepted", raw)
		}
	}
	for raw, want := range map[string]bool{"stun:a": true, "stuns:a:5349": true, "stun:a?transport=udp": false, "turn:a": false} {
		if err := ice.CheckSTUN(raw); (err == nil) != want {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestKindOf(t *testing.T) {
	for url, want := range map[string]string{
		"stun:a": "stun-udp", "stuns:a:443": "stun-tls", "turn:a": "turn-udp", "turn:a?transport=udp": "turn-udp", "turn:a:443?transport=tcp": "turn-tcp",
		"turns:a": "turn-tls", "TURNS:a:443?transport=tcp": "turn-tls", "turns:a?transport=udp": "turn-dtls", "turn:[2001:db8::1]:443?transport=tcp": "turn-tcp",
	} {
		if got := ice.KindOf(url); got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
}

func TestCredentialsAreRedacted(t *testing.T) {
	var out bytes.Buffer
	server := both.Servers("kitchen-ann", ice.Way{}, now)[1]
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(handler).Info("x", "server", server, "credential", server.Credential, "config", both)
	}
	fmt.Fprintf(&out, "%v %+v %#v %s", server, server, server, server.Credential)
	fmt.Fprintf(&out, "%v %+v %#v", both, both, both)
	if s := out.String(); strings.Contains(s, kitchenAnn) || strings.Contains(s, "north") || !strings.Contains(s, "[redacted]") {
		t.Error(s)
	}
}

func FuzzCheckTURN(f *testing.F) {
	f.Add("turn:example.org:3478?transport=udp")
	f.Add("turn:[2001:db8::1]:3478")
	f.Fuzz(func(t *testing.T, raw string) {
		if ice.CheckTURN(raw) != nil {
			return
		}
		// What is accepted survives JSON as it is, and holds nothing that would end a header or a line.
		text, err := json.Marshal(raw)
		var back string
		if err != nil || json.Unmarshal(text, &back) != nil || !reflect.DeepEqual(raw, back) || strings.ContainsAny(raw, " \t\r\n,\"<>@/") {
			t.Errorf("%q was accepted", raw)
		}
	})
}
