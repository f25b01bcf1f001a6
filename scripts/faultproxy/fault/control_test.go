package fault_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"yodel/scripts/faultproxy/fault"
)

// control asks at the control address and returns status and body.
func (h *house) control(method, path, body string) (int, string) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, "http://"+h.ControlAddr()+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := h.client.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

func TestControl(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	const rules = `{"seed":9,"upstreamDown":"502",` +
		`"refuse":[{"match":{"path":"^/none"},"as":"portal"}],` +
		`"reorder":[{"probability":0.5,"behind":{"class":["short"]},"holdMs":5}],` +
		`"drop":[{"match":{"method":"PUT"},"times":2,"how":"fin"}],` +
		`"cut":[{"match":{"class":["stream"]},"afterBytes":1,"spreadBytes":2,"how":"rst","silent":true}],` +
		`"buffer":[{"match":{"notClass":["long-poll","short"],"type":"text/event-stream"},"untilBytes":1,"untilEvents":2,"lagEvents":3,"passHead":true}],` +
		`"delay":[{"upMs":1,"downMs":2,"jitterMs":3}]}`
	if status, got := h.control("PUT", "/rules", rules); status != 200 || got != rules {
		t.Errorf("put: %d %s", status, got)
	}
	for _, wrong := range []string{
		`{"buffr":[]}`, `[]`, `{} {}`, `{"cut":[{"how":"axe"}]}`, `{"refuse":[{}]}`, `{"drop":[{"probability":2}]}`, `{"delay":[{"upMs":-1}]}`,
		`{"buffer":[{"match":{"class":["streams"]}}]}`, `{"reorder":[{"match":{"path":"("}}]}`, `{"upstreamDown":"up"}`,
	} {
		if status, got := h.control("PUT", "/rules", wrong); status != 400 || got == "" {
			t.Errorf("%s: %d %s", wrong, status, got)
		}
	}
	if status, got := h.control("GET", "/rules", ""); status != 200 || got != rules {
		t.Errorf("after wrong ones: %d %s", status, got)
	}
	h.control("PUT", "/rules", "{}")

	w, _ := h.stream("GET")
	h.control("POST", "/freeze", "")
	h.say <- "frozen"
	h.control("POST", "/thaw", "")
	if status, got := h.control("POST", "/cut", `{"match":{"class":["stream"]},"how":"fin"}`); status != 200 || got != `{"cut":1}` {
		t.Errorf("cut: %d %s", status, got)
	}
	_, _ = io.Copy(io.Discard, w.Reader) // until the end
	for path, wrong := range map[string]string{"/cut": `{"how":"axe"}`, "/freeze": `{"match":{"class":["x"]}}`, "/upstream": `{"address":"nowhere"}`} {
		if status, _ := h.control("POST", path, wrong); status != 400 {
			t.Errorf("%s: %d", path, status)
		}
	}
	status, text := h.control("GET", "/stats", "")
	var stats fault.Stats
	if err := json.Unmarshal([]byte(text), &stats); err != nil || status != 200 || stats.Cuts != 1 || stats.Freezes != 1 || stats.Frozen || stats.Requests["get-stream"] != 1 {
		t.Errorf("stats: %d %s, %v", status, text, err)
	}
	if status, _ := h.control("POST", "/upstream", `{"address":"127.0.0.1:1"}`); status != 200 {
		t.Errorf("upstream: %d", status)
	}
	if _, err := h.post("x"); err == nil {
		t.Error("it still leads to the server")
	}
}
