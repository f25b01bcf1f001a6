package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestLogTellsNoSecrets shows that a whole call leaves nothing in the log that opens a door or tells what was said, even
// at debug, and that stdout has one line.
func TestLogTellsNoSecrets(t *testing.T) {
	t.Parallel()
	s := start(t, "--log-level=debug", "--log-format=json", "--turn-url=turn:turn.example.org", "--turn-secret=secret-of-turn", "--metrics-token=secret-of-metrics")
	s.newRoom(object{"room": "r", "passcode": "secret-passcode"})
	ana := s.joinWith("r", object{"name": "Ana", "passcode": "secret-passcode"})
	bob := s.joinWith("r", object{"name": "Bob", "passcode": "secret-passcode"})
	s.post("/rooms/r/peers", "", object{"passcode": "secret-guess"}).isProblem("passcode-wrong")
	watch := ana.stream(listenAfter{token: ana.StreamToken})
	hear(t, watch, "hello")
	call := bob.call(object{"note": "secret-note"})
	ana.act(call, "accept", nil)
	bob.send([]object{
		{"type": "offer", "data": object{"type": "offer", "sdp": "secret-sdp"}}, {"type": "candidate", "data": object{"candidate": "secret-candidate"}},
		{"type": "chat", "data": "secret-chat"},
	})
	s.get("/rooms/r/events?access_token=secret-garbage", "").isProblem("token-invalid")
	s.do(ask{method: "POST", path: "/rooms/r/messages", token: ana.Token, body: `{"type":"secret-`, wrong: true}).isProblem("bad-request")
	s.do(ask{method: "GET", path: "//metrics", token: "secret-of-metrics"}).is(http.StatusOK)
	watch.close()
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}

	log := s.log.String()
	for name, secret := range map[string]string{
		"a secret": "secret-", "a token": ana.Token, "a stream token": ana.StreamToken, "another token": bob.Token,
		"a credential": ana.IceServers[0].Credential,
	} {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("%s is in the log: …%s…", name, log[max(0, at-200):at+len(secret)])
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON on stderr: %q", line)
		}
	}
	if !strings.Contains(log, ana.Peer.ID) {
		t.Error("the log says nothing of who came")
	}
	if got := s.stdout.String(); strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") || !strings.Contains(got, s.url) {
		t.Errorf("stdout is %q", got)
	}
}
