package contracttest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// answer is a server of one answer, written as it would travel.
type answer struct {
	status int
	header map[string]string
	body   string
}

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{}
	for name, value := range a.header {
		h.Set(name, value)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// complaints collects what a Recorder says.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Helper() {}
func (c *complaints) Errorf(format string, args ...any) {
	c.said = append(c.said, fmt.Sprintf(format, args...))
}

var (
	asJSON    = map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"}
	asProblem = map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
	asStream  = map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
)

const (
	ana     = `{"id":"p-1","name":"Ana","media":{"audio":false,"video":false,"screen":false},"joinedAt":"2026-03-01T09:30:00.125Z"}`
	hello   = `{"type":"hello","room":"r","at":"2026-03-01T09:30:00.125Z","data":{"peer":` + ana + `,"peers":[` + ana + `],"call":null,"lastEventId":"e-1","heartbeatSeconds":10,"resumed":false,"reason":"new"}}`
	message = `{"id":"e-2","type":"chat","room":"r","at":"2026-03-01T09:30:00.125Z","from":"p-2","data":[1]}`
)

func frame(event, id, data string) string {
	if id != "" {
		id = "id:" + id + "\n"
	}
	return "event:" + event + "\n" + id + "data: " + data + "\n\n"
}

// TestRecorder shows that the recorder is quiet about what is right and notices what is not.
func TestRecorder(t *testing.T) {
	t.Parallel()
	document := Load(t, "../openapi.yaml")
	prelude := ":" + strings.Repeat(" ", 1100) + "\n\n"
	room := `{"room":"r","peerCount":0,"callCapacity":2,"passcodeRequired":false,"call":null}`
	problem := `{"type":"/docs/problems#room-not-found","title":"t","status":404,"detail":"d","code":"room-not-found","retryable":false}`
	for name, c := range map[string]struct {
		ask    string // method, path, body
		answer answer
		want   string // part of the complaint; empty: none
	}{
		"a good answer":             {"GET /api/v1/rooms/r", answer{200, asJSON, room}, ""},
		"a good problem":            {"GET /api/v1/rooms/r", answer{404, asProblem, problem}, ""},
		"a good HEAD":               {"HEAD /api/v1/rooms/r", answer{200, asJSON, ""}, ""},
		"a good stream":             {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, prelude + frame("hello", "", hello) + frame("chat", "e-2", message)}, ""},
		"an undocumented member":    {"GET /api/v1/rooms/r", answer{200, asJSON, strings.Replace(room, `"call"`, `"secret":1,"call"`, 1)}, "secret"},
		"a member missing":          {"GET /api/v1/rooms/r", answer{200, asJSON, `{"room":"r"}`}, "missing"},
		"no Cache-Control":          {"GET /api/v1/rooms/r", answer{200, map[string]string{"Content-Type": "application/json"}, room}, "Cache-Control"},
		"an undocumented status":    {"GET /api/v1/rooms/r", answer{206, asJSON, room}, "no such answer"},
		"an error that is HTML":     {"GET /api/v1/rooms/r", answer{404, map[string]string{"Content-Type": "text/html", "Cache-Control": "no-store"}, "<p>"}, "not application/problem+json"},
		"a code of another status":  {"GET /api/v1/rooms/r", answer{404, asProblem, strings.ReplaceAll(problem, "room-not-found", "room-full")}, "is not one of"},
		"retryable against table":   {"GET /api/v1/rooms/r", answer{404, asProblem, strings.Replace(problem, "false", "true", 1)}, "the table has"},
		"a right request refused":   {"GET /api/v1/rooms/r", answer{400, asProblem, strings.Replace(strings.ReplaceAll(problem, "room-not-found", "bad-request"), "404", "400", 1)}, "was refused"},
		"a wrong request":           {"POST /api/v1/rooms {\"callCapacity\":9}", answer{201, asJSON, ""}, "the request's body"},
		"a HEAD with a body":        {"HEAD /api/v1/rooms/r", answer{200, asJSON, room}, "a body where none should be"},
		"an unknown path without":   {"GET /api/v1/nothing", answer{404, nil, ""}, "not application/problem+json"},
		"a wrong Allow":             {"OPTIONS /api/v1/rooms", answer{204, map[string]string{"Allow": "GET"}, ""}, "Allow is"},
		"a stream without prelude":  {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, frame("hello", "", hello)}, "prelude"},
		"a stream without hello":    {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, prelude + frame("chat", "e-2", message)}, "not hello"},
		"an event twice":            {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, prelude + frame("hello", "", hello) + frame("chat", "e-2", message) + frame("chat", "e-2", message)}, "twice"},
		"one's own message":         {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, prelude + frame("hello", "", hello) + frame("chat", "e-2", strings.Replace(message, "p-2", "p-1", 1))}, "should not hear"},
		"an id beside the event's":  {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, prelude + frame("hello", "e-1", hello)}, "frame id"},
		"an event that is no event": {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, prelude + frame("hello", "", `{"type":"hello"}`)}, "an event:"},
		"a stream cut in a frame":   {"GET /api/v1/rooms/r/events?access_token=t", answer{200, asStream, prelude + "event:"}, "within a frame"},
		"a hello in mid-list":       {"POST /api/v1/rooms/r/events?access_token=t", answer{200, asJSON, `{"events":[` + message + `,` + hello + `],"lastEventId":"e-9","at":"2026-03-01T09:30:00.125Z"}`}, "place 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := ask(t, document, c.ask, c.answer)
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}

// ask sends what line says through a recorder and returns its complaints.
func ask(t *testing.T, document *Document, line string, a answer) string {
	t.Helper()
	parts := append(strings.SplitN(line, " ", 3), "")
	request, err := http.NewRequestWithContext(context.Background(), parts[0], "http://yodel.test"+parts[1], strings.NewReader(parts[2]))
	if err != nil {
		t.Fatal(err)
	}
	heard := &complaints{TB: t}
	response, err := document.Recorder(heard, a).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return strings.Join(heard.said, "\n")
}
