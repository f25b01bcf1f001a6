package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestConfigFile(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want map[string]string
	}{
		"empty":                     {"", map[string]string{}},
		"comments":                  {"# nothing\n\n# here\n", map[string]string{}},
		"one setting":               {"listen: :8443\n", map[string]string{"listen": ":8443"}},
		"text as written":           {"metrics-token: 0123\nlimits: off\nlimit-joins: 1.50\nlimit-peers: 8 # eight\n", map[string]string{"metrics-token": "0123", "limits": "off", "limit-joins": "1.50", "limit-peers": "8"}},
		"quotes":                    {"metrics-token: \"a: b\"\nturn-secret: 'it''s'\n", map[string]string{"metrics-token": "a: b", "turn-secret": "it's"}},
		"a folded text":             {"turn-secret: |\n  abc\n", map[string]string{"turn-secret": "abc"}},
		"a list in brackets":        {"stun-url: [stun:a, \"stun:b\"]", map[string]string{"stun-url": "stun:a,stun:b"}},
		"a list in lines":           {"---\nstun-url:\n  - stun:a\n  - stun:b\nlease: 1s\n", map[string]string{"stun-url": "stun:a,stun:b", "lease": "1s"}},
		"a list of one, as it is":   {"stun-url: stun:a", map[string]string{"stun-url": "stun:a"}},
		"lines that end in CR LF":   {"lease: 1s\r\nheartbeat: 2s\r\n", map[string]string{"lease": "1s", "heartbeat": "2s"}},
		"a byte order mark in UTF8": {"\ufefflease: 1s\n", map[string]string{"lease": "1s"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := parseConfigFile([]byte(tc.text)); err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestAWrongConfigFileSaysWhere(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"unknown key":           {"lease: 1s\nlisten-on: :80\n", `line 2: unknown setting "listen-on"`},
		"a flag with dashes":    {"--lease: 1s\n", "unknown setting"},
		"the file itself":       {"config: other.yaml\n", "unknown setting"},
		"a key twice":           {"lease: 1s\nlease: 2s\n", "lease"},
		"a key without value":   {"lease:\n", "line 1"},
		"an empty text":         {"lease: ''\n", "line 1"},
		"a mapping":             {"lease: {seconds: 1}\n", "line 1"},
		"a list for one value":  {"lease: [1s]\n", "line 1"},
		"a list in a list":      {"stun-url: [[stun:a]]\n", "line 1"},
		"an alias":              {"lease: &a 1s\nheartbeat: *a\n", "line 1"},
		"only text":             {"lease\n", "not a list of settings"},
		"only a list":           {"- lease\n", "not a list of settings"},
		"no YAML":               {"lease: [1s\n", "not YAML"},
		"tabs":                  {"\tlease: 1s\n", ""},
		"two documents at odds": {"lease: 1s\n---\nlease: 2s\n", "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseConfigFile([]byte(tc.text))
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func FuzzConfigFile(f *testing.F) {
	f.Add([]byte("listen: :8443\nstun-url: [stun:a, stun:b]\n"))
	f.Add([]byte("turn-secret: |\n  abc\n---\n# end\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		values, err := parseConfigFile(raw)
		if err != nil && values != nil {
			t.Error("values beside an error")
		}
		for key := range values {
			if _, known := findSetting(key); !known {
				t.Errorf("unknown setting %q", key)
			}
		}
	})
}
