package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"yodel/server/ice"
)

// read runs the command with args after "yodel serve" and returns what serve was given.
func read(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	var got Config
	served := false
	cmd := newCommand(func(_ context.Context, c Config) error { got, served = c, true; return nil })
	cmd.Writer, cmd.ErrWriter = new(bytes.Buffer), new(bytes.Buffer)
	err := cmd.Run(t.Context(), append([]string{"yodel", "serve"}, args...))
	if served != (err == nil) {
		t.Errorf("served %v with error %v", served, err)
	}
	return got, err
}

// write makes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/state")
	got, err := read(t)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Listen: ":8443", DataDir: "/state/yodel", TLS: "off", LogFormat: "text", LogLevel: slog.LevelInfo,
		RingTimeout: 45 * time.Second, Lease: 30 * time.Second, LeaseInCall: 2 * time.Minute,
		Heartbeat: 10 * time.Second, EventRetention: 2 * time.Minute, StreamMaxAge: 10 * time.Minute, TokenLife: 12 * time.Hour,
		ACME: ACME{CA: "https://acme-v02.api.letsencrypt.org/directory"},
		ICE:  ice.Config{Inside: true, TTL: time.Hour}, Relay: Relay{Mode: relayInside, Ports: portRange{49152, 65535}},
		Limits: Limits{MessagesPerSecond: 50, MessagesBurst: 256, JoinsPerSecond: 2, JoinsBurst: 60, ProbesPerSecond: 2, ProbesBurst: 60, WrongPasscodes: 10,
			Peers: 32, Rooms: 50000, Streams: 50000, LogBytes: 8 << 20,
			Allocations: 10_000, AllocationsPerPeer: 100, RelayBytes: 4 << 20},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(defaultConfig(), want) {
		t.Error("defaultConfig differs from a start without arguments")
	}
	if err := want.Validate(); err != nil {
		t.Error(err)
	}
}

func TestTheDataDirectoryIsInTheStateDirectoryOfTheUser(t *testing.T) {
	for name, tc := range map[string]struct{ state, home, want string }{
		"XDG_STATE_HOME":           {"/state", "/home/ann", "/state/yodel"},
		"no XDG_STATE_HOME":        {"", "/home/ann", "/home/ann/.local/state/yodel"},
		"a relative one is unset":  {"state", "/home/ann", "/home/ann/.local/state/yodel"},
		"neither, and none named:": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", tc.state)
			t.Setenv("HOME", tc.home)
			got, err := read(t)
			if got.DataDir != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("%q, %v", got.DataDir, err)
			}
			if got, err := read(t, "--data-dir", "none"); err != nil || got.DataDir != noDataDir {
				t.Errorf("none: %q, %v", got.DataDir, err)
			}
		})
	}
}

func TestAFlagWinsOverTheEnvironmentOverTheFileOverTheDefault(t *testing.T) {
	file := write(t, "yodel.yaml", "heartbeat: 2s\nstun-url: [stun:file1, stun:file2]\n")
	for name, tc := range map[string]struct {
		env, file bool
		args      []string
		want      time.Duration
		stun      []string
	}{
		"default":                   {want: 10 * time.Second},
		"file":                      {file: true, want: 2 * time.Second, stun: []string{"stun:file1", "stun:file2"}},
		"environment":               {env: true, want: 3 * time.Second, stun: []string{"stun:env1", "stun:env2"}},
		"environment over file":     {env: true, file: true, want: 3 * time.Second, stun: []string{"stun:env1", "stun:env2"}},
		"flag over file":            {file: true, args: []string{"--heartbeat=4s"}, want: 4 * time.Second, stun: []string{"stun:file1", "stun:file2"}},
		"flag over all":             {env: true, file: true, args: []string{"--heartbeat", "4s", "--stun-url", "stun:a", "--stun-url=stun:b"}, want: 4 * time.Second, stun: []string{"stun:a", "stun:b"}},
		"of two flags the last one": {args: []string{"--heartbeat", "4s", "--heartbeat", "5s"}, want: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.env {
				t.Setenv("YODEL_HEARTBEAT", "3s")
				t.Setenv("YODEL_STUN_URL", "stun:env1, stun:env2")
			}
			if tc.file {
				tc.args = append(tc.args, "--config", file)
			}
			got, err := read(t, tc.args...)
			if err != nil || got.Heartbeat != tc.want || !reflect.DeepEqual(got.ICE.STUN, tc.stun) {
				t.Errorf("%v %v, %v", got.Heartbeat, got.ICE.STUN, err)
			}
		})
	}
	t.Run("the file named by the environment", func(t *testing.T) {
		t.Setenv("YODEL_CONFIG", file)
		if got, err := read(t); err != nil || got.Heartbeat != 2*time.Second {
			t.Errorf("%v, %v", got.Heartbeat, err)
		}
	})
	t.Run("an empty variable is an unset one", func(t *testing.T) {
		t.Setenv("YODEL_HEARTBEAT", "")
		if got, err := read(t, "--config", file); err != nil || got.Heartbeat != 2*time.Second {
			t.Errorf("%v, %v", got.Heartbeat, err)
		}
	})
}

// alongside is what a setting of the samples needs to be read at all.
var alongside = map[string][]string{
	"--acme-ca":          {"--tls=auto", "--domain=call.example.org"},
	"--acme-ca-root":     {"--tls=auto", "--domain=call.example.org"},
	"--acme-email":       {"--tls=auto", "--domain=call.example.org"},
	"--turn-relay-ports": {"--turn-relay=external", "--turn-relay-address=203.0.113.1"},
}

// samples are a good value other than the default for each setting, and what it makes of a Config.
var samples = map[string]struct {
	text string
	get  func(Config) any
	want any
}{
	"--listen":               {"127.0.0.1:0", func(c Config) any { return c.Listen }, "127.0.0.1:0"},
	"--data-dir":             {"/srv/yodel", func(c Config) any { return c.DataDir }, "/srv/yodel"},
	"--public-url":           {"https://call.example.org/", func(c Config) any { return c.PublicURL }, "https://call.example.org"},
	"--trusted-proxies":      {"10.1.2.3/8,::1", func(c Config) any { return c.TrustedProxies }, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}},
	"--cors-origin":          {"https://a.example,*", func(c Config) any { return c.CORSOrigins }, []string{"https://a.example", "*"}},
	"--metrics-token":        {"0123", func(c Config) any { return c.MetricsToken }, Secret("0123")},
	"--log-level":            {"debug", func(c Config) any { return c.LogLevel }, slog.LevelDebug},
	"--log-format":           {"json", func(c Config) any { return c.LogFormat }, "json"},
	"--tls":                  {"files", nil, nil},
	"--tls-cert":             {"cert.pem", nil, nil},
	"--tls-key":              {"key.pem", nil, nil},
	"--domain":               {"call.example.org", nil, nil},
	"--acme-ca":              {"https://127.0.0.1:14000/dir", func(c Config) any { return c.ACME.CA }, "https://127.0.0.1:14000/dir"},
	"--acme-ca-root":         {"roots.pem", func(c Config) any { return c.ACME.Roots }, "roots.pem"},
	"--acme-email":           {"ann@example.org", func(c Config) any { return c.ACME.Email }, "ann@example.org"},
	"--ring-timeout":         {"1s", func(c Config) any { return c.RingTimeout }, time.Second},
	"--lease":                {"200ms", func(c Config) any { return c.Lease }, 200 * time.Millisecond},
	"--lease-in-call":        {"1m", func(c Config) any { return c.LeaseInCall }, time.Minute},
	"--heartbeat":            {"1s", func(c Config) any { return c.Heartbeat }, time.Second},
	"--event-retention":      {"1h", func(c Config) any { return c.EventRetention }, time.Hour},
	"--stream-max-age":       {"1h", func(c Config) any { return c.StreamMaxAge }, time.Hour},
	"--token-life":           {"1h", func(c Config) any { return c.TokenLife }, time.Hour},
	"--turn":                 {"off", func(c Config) any { return c.ICE.Inside }, false},
	"--turn-host":            {"turn.example.org:443", func(c Config) any { return c.TURNHost }, ice.Way{Host: "turn.example.org", Port: 443}},
	"--turn-relay":           {"external", nil, nil},
	"--turn-relay-address":   {"203.0.113.1", nil, nil},
	"--turn-relay-ports":     {"5000-6000", func(c Config) any { return c.Relay.Ports }, portRange{5000, 6000}},
	"--turn-allow":           {"10.0.0.0/8", nil, nil},
	"--stun-url":             {"stun:a,stuns:b:443", func(c Config) any { return c.ICE.STUN }, []string{"stun:a", "stuns:b:443"}},
	"--turn-url":             {"turn:a?transport=udp", nil, nil},
	"--turn-secret":          {"s3", nil, nil},
	"--turn-secret-file":     {"", nil, nil},
	"--turn-ttl":             {"20m", func(c Config) any { return c.ICE.TTL }, 20 * time.Minute},
	"--limits":               {"off", func(c Config) any { return c.Limits }, Limits{Off: true}},
	"--limit-messages":       {"0.5", func(c Config) any { return c.Limits.MessagesPerSecond }, 0.5},
	"--limit-messages-burst": {"7", func(c Config) any { return c.Limits.MessagesBurst }, 7},
	"--limit-joins":          {"7", func(c Config) any { return c.Limits.JoinsPerSecond }, 7.0},
	"--limit-joins-burst":    {"7", func(c Config) any { return c.Limits.JoinsBurst }, 7},
	"--limit-probes":         {"7", func(c Config) any { return c.Limits.ProbesPerSecond }, 7.0},
	"--limit-probes-burst":   {"7", func(c Config) any { return c.Limits.ProbesBurst }, 7},
	"--limit-passcodes":      {"7", func(c Config) any { return c.Limits.WrongPasscodes }, 7},
	"--limit-peers":          {"7", func(c Config) any { return c.Limits.Peers }, 7},
	"--limit-rooms":          {"7", func(c Config) any { return c.Limits.Rooms }, 7},
	"--limit-streams":        {"7", func(c Config) any { return c.Limits.Streams }, 7},
	"--limit-turn":           {"7", func(c Config) any { return c.Limits.Allocations }, 7},
	"--limit-turn-peer":      {"7", func(c Config) any { return c.Limits.AllocationsPerPeer }, 7},
	"--limit-turn-bytes":     {"1MiB", func(c Config) any { return c.Limits.RelayBytes }, int64(1 << 20)},
	"--limit-log-bytes":      {"64KiB", func(c Config) any { return c.Limits.LogBytes }, int64(64 << 10)},
}

func TestEverySettingIsAFlagAVariableAndAKey(t *testing.T) {
	for _, s := range settings()[1:] {
		sample, ok := samples[s.Flag]
		if !ok {
			t.Errorf("%s: no sample", s.Flag)
		}
		if sample.get == nil {
			continue // below, with what it needs
		}
		check := func(way string, c Config, err error) {
			if err != nil || !reflect.DeepEqual(sample.get(c), sample.want) {
				t.Errorf("%s as a %s: %v, %v", s.Flag, way, c, err)
			}
		}
		with := alongside[s.Flag]
		c, err := read(t, append(with, s.Flag, sample.text)...)
		check("flag", c, err)
		t.Run(s.Env, func(t *testing.T) {
			t.Setenv(s.Env, sample.text)
			c, err := read(t, with...)
			check("variable", c, err)
		})
		text := sample.text
		if strings.HasPrefix(text, "*") || strings.Contains(text, ",*") {
			text = "'" + text + "'"
		}
		c, err = read(t, append(with, "--config", write(t, "c.yaml", fmt.Sprintf("%s: %s\n", s.key(), text)))...)
		check("key", c, err)
	}
}

func TestTURNAndTLSSettings(t *testing.T) {
	file := write(t, "secret", "s3cret\n")
	c, err := read(t, "--turn-url", "turn:a:3478?transport=udp", "--turn-url", "turns:a", "--turn-secret-file", file)
	if err != nil || c.ICE.Secret != "s3cret" || len(c.ICE.TURN) != 2 {
		t.Errorf("%v, %v", c, err)
	}
	c, err = read(t, "--tls=files", "--tls-cert=c.pem", "--tls-key=k.pem")
	if err != nil || c.TLS != tlsFiles || c.TLSCert != "c.pem" || c.TLSKey != "k.pem" {
		t.Errorf("%v, %v", c, err)
	}
	if c, err = read(t, "--tls=local"); err != nil || c.TLS != tlsLocal {
		t.Errorf("%v, %v", c, err)
	}
	c, err = read(t, "--tls=auto", "--domain=Call.example.org.", "--domain=8.8.8.8,2001:4860::1", "--domain=电话.example.org")
	if want := []string{"call.example.org", "8.8.8.8", "2001:4860::1", "xn--wny669b.example.org"}; err != nil || c.TLS != tlsAuto || !reflect.DeepEqual(c.ACME.Domains, want) {
		t.Errorf("%v, %v", c.ACME, err)
	}
}

func TestWrongUsageStopsTheStartAndNamesTheCulprit(t *testing.T) {
	empty := write(t, "empty", "\n")
	for name, tc := range map[string]struct{ args, want string }{
		"unknown flag":              {"--nonsense", "nonsense"},
		"stray argument":            {"stray", `"stray"`},
		"a flag without its value":  {"--heartbeat", "--heartbeat"},
		"listen without port":       {"--listen localhost", "--listen"},
		"listen on a named port":    {"--listen :http", "--listen"},
		"listen beyond ports":       {"--listen :65536", "--listen"},
		"no duration":               {"--ring-timeout 45", "--ring-timeout"},
		"zero duration":             {"--lease 0s", "--lease"},
		"negative duration":         {"--heartbeat=-1s", "--heartbeat"},
		"absurd duration":           {"--token-life 100000h", "--token-life"},
		"overflowing duration":      {"--token-life 99999999999h", "--token-life"},
		"too short":                 {"--stream-max-age 1ns", "--stream-max-age"},
		"unknown TLS mode":          {"--tls maybe", "--tls"},
		"tls auto for nobody":       {"--tls auto", "--domain"},
		"tls auto, kept nowhere":    {"--tls auto --domain a.example --data-dir none", "--data-dir"},
		"a domain without tls":      {"--domain a.example", "--tls=auto"},
		"a domain with tls local":   {"--tls local --domain a.example", "--tls=auto"},
		"a URL for a domain":        {"--tls auto --domain https://a.example", "--domain"},
		"a domain with a port":      {"--tls auto --domain a.example:443", "--domain"},
		"a wildcard":                {"--tls auto --domain *.a.example", "--domain"},
		"a bare name":               {"--tls auto --domain localhost", "--domain"},
		"a private address":         {"--tls auto --domain 192.168.1.1", "--tls=local"},
		"a mapped one":              {"--tls auto --domain ::ffff:10.0.0.1", "--tls=local"},
		"a private name":            {"--tls auto --domain a.example.org,x.local", "x.local"},
		"a name of home":            {"--tls auto --domain x.home.arpa", "--acme-ca"},
		"an address of nobody":      {"--tls auto --domain 0.0.0.0 --acme-ca https://ca.example/dir", "--domain"},
		"an authority in the clear": {"--acme-ca http://a.example/dir", "--acme-ca"},
		"a name with the address":   {"--acme-email Ann<ann@example.org>", "--acme-email"},
		"tls files without key":     {"--tls files --tls-cert c.pem", "--tls-key"},
		"a certificate without tls": {"--tls-cert c.pem", "--tls=files"},
		"public URL with a path":    {"--public-url https://a/b", "--public-url"},
		"public URL of a file":      {"--public-url file:///a", "--public-url"},
		"public URL without scheme": {"--public-url example.org", "--public-url"},
		"public URL on no port":     {"--public-url https://a:99999", "--public-url"},
		"public URL with a zone":    {"--public-url http://[fe80::1%25eth0]", "--public-url"},
		"public URL of no host":     {"--public-url https://a..b", "--public-url"},
		"TURN host without a port":  {"--turn-host turn.example.org", "--turn-host"},
		"log level":                 {"--log-level loud", "--log-level"},
		"log format":                {"--log-format xml", "--log-format"},
		"proxy":                     {"--trusted-proxies 10.0.0.0/33", "--trusted-proxies"},
		"one of two proxies":        {"--trusted-proxies ::1 --trusted-proxies nobody", "--trusted-proxies"},
		"CORS origin":               {"--cors-origin null", "--cors-origin"},
		"STUN URL":                  {"--stun-url http://a", "--stun-url"},
		"TURN URL":                  {"--turn-url stun:a --turn-secret x", "--turn-url"},
		"TURN without secret":       {"--turn-url turn:a", "--turn-secret"},
		"a secret without TURN":     {"--turn-secret x", "--turn-url"},
		"two secrets":               {"--turn-url turn:a --turn-secret x --turn-secret-file " + empty, "--turn-secret"},
		"an empty secret file":      {"--turn-url turn:a --turn-secret-file " + empty, "--turn-secret-file"},
		"a missing secret file":     {"--turn-url turn:a --turn-secret-file /nonexistent", "--turn-secret-file"},
		"TURN TTL":                  {"--turn-ttl 1s", "--turn-ttl"},
		"long TURN TTL":             {"--turn-ttl 61m", "--turn-ttl"},
		"TURN relay":                {"--turn-relay maybe", "--turn-relay"},
		"relay without address":     {"--turn-relay external", "--turn-relay-address"},
		"address without relay":     {"--turn-relay-address 203.0.113.1", "--turn-relay=external"},
		"network without relay":     {"--turn-allow 10.0.0.0/8", "--turn-relay=external"},
		"two of a family":           {"--turn-relay external --turn-relay-address 203.0.113.1,203.0.113.2", "--turn-relay-address"},
		"no address":                {"--turn-relay external --turn-relay-address example.org", "--turn-relay-address"},
		"relay without TURN":        {"--turn off --turn-relay external --turn-relay-address 203.0.113.1", "--turn=off"},
		"TURN ports":                {"--turn-relay-ports 600-500", "--turn-relay-ports"},
		"TURN port 0":               {"--turn-relay-ports 0-500", "--turn-relay-ports"},
		"limits":                    {"--limits maybe", "--limits"},
		"zero messages":             {"--limit-messages 0", "--limit-messages"},
		"negative messages":         {"--limit-messages=-5", "--limit-messages"},
		"not a number":              {"--limit-messages NaN", "--limit-messages"},
		"endless messages":          {"--limit-joins +Inf", "--limit-joins"},
		"a broken count":            {"--limit-peers 3.5", "--limit-peers"},
		"zero peers":                {"--limit-peers 0", "--limit-peers"},
		"absurd rooms":              {"--limit-rooms 99999999999999999999", "--limit-rooms"},
		"negative streams":          {"--limit-streams=-1", "--limit-streams"},
		"zero bytes":                {"--limit-log-bytes 0MiB", "--limit-log-bytes"},
		"negative bytes":            {"--limit-log-bytes=-8MiB", "--limit-log-bytes"},
		"absurd bytes":              {"--limit-log-bytes 99999999999999999999GiB", "--limit-log-bytes"},
		"unknown byte unit":         {"--limit-log-bytes 8MB", "--limit-log-bytes"},
		"a limit though all off":    {"--limits off --limit-peers 0", "--limit-peers"},
		"a missing file":            {"--config /nonexistent.yaml", "--config"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, strings.Fields(tc.args)...)
			if exitCode(err) != 2 || !strings.Contains(fmt.Sprint(err), tc.want) || strings.Contains(fmt.Sprint(err), "\n") {
				t.Errorf("exit code %d: %v", exitCode(err), err)
			}
		})
	}
	t.Run("a wrong variable is named too", func(t *testing.T) {
		t.Setenv("YODEL_HEARTBEAT", "soon")
		if _, err := read(t); exitCode(err) != 2 || !strings.Contains(err.Error(), "--heartbeat (from YODEL_HEARTBEAT)") {
			t.Error(err)
		}
	})
	t.Run("and the file of a wrong key", func(t *testing.T) {
		path := write(t, "c.yaml", "heartbeat: soon\n")
		if _, err := read(t, "--config", path); exitCode(err) != 2 || !strings.Contains(err.Error(), "--heartbeat (from "+path+")") {
			t.Error(err)
		}
	})
}

func TestNoSecretIsShown(t *testing.T) {
	const secret = "hunter2"
	args := []string{"--turn-url", "turn:a", "--turn-secret", secret, "--metrics-token", secret}
	c, err := read(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(handler).Info("start", "config", c, "pointer", &c)
	}
	fmt.Fprintf(&out, "%v %+v %#v %s %v", c, c, c, c, &c)
	fmt.Fprintf(&out, "%v %+v %#v %v", c.ICE, c.ICE, c.ICE, c.MetricsToken)
	for _, wrong := range [][]string{{"--turn-secret", secret + "\n" + secret}, {"--metrics-token", secret + "\x00"}, append(args, "--tls=auto", "--domain=*.a.example")} {
		_, err := read(t, wrong...)
		fmt.Fprintln(&out, err)
	}
	t.Setenv("YODEL_TURN_SECRET", secret)
	t.Setenv("YODEL_METRICS_TOKEN", secret)
	out.WriteString(help(t, "yodel", "serve", "--help"))
	if at := strings.Index(out.String(), secret); at >= 0 {
		t.Errorf("shown: …%s", out.String()[max(0, at-100):at+len(secret)])
	}
	if !strings.Contains(out.String(), "[redacted]") {
		t.Error("not said that there is one")
	}
	if raw, err := json.Marshal(c.MetricsToken); err != nil || string(raw) != `"hunter2"` {
		t.Errorf("a Secret is still a string to programs: %s, %v", raw, err)
	}
}

func TestNamesOfAPublicAuthorityAreStrict(t *testing.T) {
	for args, want := range map[string][]string{
		"--tls=auto --domain=a.example.org,8.8.8.8,b.example.org":             {"a.example.org", "b.example.org"},
		"--tls=auto --domain=a.example.org --acme-ca=https://ca.internal/dir": nil,
		"--tls=local": nil,
	} {
		if c, err := read(t, strings.Fields(args)...); err != nil || !reflect.DeepEqual(c.strictNames(), want) {
			t.Errorf("%s: %q, %v", args, c.strictNames(), err)
		}
	}
}

// The line in the log is about what somebody has decided.
func TestOnlyTheUnusualIsLogged(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "[]"},
		{[]string{"--heartbeat=2s", "--metrics-token=hunter2", "--lease=30s"}, "[heartbeat=2s metrics_token=[redacted]]"},
		{[]string{"--turn=off", "--limits=off"}, "[ice=[stun=[] turn=[] inside=false ttl=1h0m0s] limits={true"},
	} {
		cfg, err := read(t, c.args...)
		if got := cfg.unusual().String(); err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: %s, %v", c.args, got, err)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"fine":                 {nil, 0},
		"failed while running": {errors.New("disk full"), 1},
		"wrong usage":          {usageError{errors.New("no")}, 2},
		"wrong usage, wrapped": {fmt.Errorf("start: %w", usageError{errors.New("no")}), 2},
		"interrupted":          {context.Canceled, 1},
	} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
	if err := (usageError{os.ErrPermission}); !errors.Is(err, os.ErrPermission) {
		t.Error("the cause is hidden")
	}
}
