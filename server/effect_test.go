package main

import (
	"fmt"
	"strings"
	"testing"
)

// idle is for each setting that something can make idle what does so; none of the others can be.
var idle = map[string][]string{
	"--turn":      {"--turn-url=turn:a --turn-secret=s"},
	"--tls-cert":  {"", "--tls=local", "--tls=auto --domain=a.example"},
	"--tls-key":   {"", "--tls=local"},
	"--domain":    {"", "--tls=local", "--tls=files --tls-cert=c --tls-key=k"},
	"--acme-ca":   {"", "--tls=local"},
	"--turn-ttl":  {"--turn=off"},
	"--turn-host": {"--turn=off", "--turn-url=turn:a --turn-secret=s"},

	"--acme-ca-root": {""},
	"--acme-email":   {"", "--tls=files --tls-cert=c --tls-key=k"},

	"--turn-relay":         {"--turn=off", "--turn-url=turn:a --turn-secret=s"},
	"--turn-relay-address": {"", "--turn-relay=inside", "--turn=off"},
	"--turn-relay-ports":   {"", "--turn-relay=inside", "--turn=off"},
	"--turn-allow":         {"", "--turn=off"},

	"--limit-turn":       {"--limits=off", "--turn=off", "--turn-url=turn:a --turn-secret=s"},
	"--limit-turn-peer":  {"--limits=off", "--turn=off"},
	"--limit-turn-bytes": {"--limits=off", "--turn=off"},
}

// TestASettingWithoutEffectStopsTheStart gives each setting where nobody reads it, by flag, variable and file. Its default
// is no excuse: whoever writes it down believes that it counts.
func TestASettingWithoutEffectStopsTheStart(t *testing.T) {
	for _, s := range settings()[1:] {
		ways := idle[s.Flag]
		if strings.HasPrefix(s.Flag, "--limit-") && ways == nil {
			ways = []string{"--limits=off"}
		}
		if (len(ways) > 0) != (len(s.needs) > 0) && s.Flag != "--turn" {
			t.Errorf("%s: nothing is tried", s.Flag)
		}
		texts := []string{samples[s.Flag].text}
		if s.Default != "" {
			texts = append(texts, s.Default)
		}
		if s.Flag == "--turn" {
			texts = []string{"on"}
		}
		for _, way := range ways {
			for _, text := range texts {
				refused := func(how, name string, err error) {
					if exitCode(err) != 2 || !strings.HasPrefix(fmt.Sprint(err), name) || strings.Contains(err.Error(), "\n") {
						t.Errorf("%s=%s as a %s beside %q: %v", s.Flag, text, how, way, err)
					}
				}
				beside := strings.Fields(way)
				_, err := read(t, append(beside, s.Flag, text)...)
				refused("flag", s.Flag, err)
				file := write(t, "c.yaml", s.key()+": "+text+"\n")
				_, err = read(t, append(beside, "--config", file)...)
				refused("key", s.Flag, err)
				t.Run(s.Env+" "+way, func(t *testing.T) {
					t.Setenv(s.Env, text)
					_, err := read(t, beside...)
					refused("variable", s.Flag, err)
				})
			}
		}
	}
	t.Setenv("YODEL_ACME_EMAIL", "ann@example.org")
	if _, err := read(t); fmt.Sprint(err) != "--acme-email (from YODEL_ACME_EMAIL) is only read with --tls=auto" {
		t.Error(err)
	}
}

// TestSettingsThatGoTogether shows what is near to a mistake and none.
func TestSettingsThatGoTogether(t *testing.T) {
	for _, args := range []string{
		"--turn=off --turn-url=turn:a --turn-secret=s --turn-ttl=10m", "--turn=off --stun-url=stun:a", "--turn=on --turn-relay=inside --turn-host=a:1",
		"--limits=on --limit-peers=3", "--limits=off --turn=off", "--turn-url=turn:a --turn-secret=s",
		"--turn-relay=external --turn-relay-address=203.0.113.1 --turn-relay-ports=5000-6000 --turn-allow=10.0.0.0/8",
		"--tls=auto --domain=192.168.1.1,x.local,localhost --acme-ca=https://ca.internal/acme/directory --acme-ca-root=r.pem --acme-email=a@b.org",
		"--acme-email= --turn-host= --turn=off", // empty is unset
	} {
		if _, err := read(t, strings.Fields(args)...); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}
