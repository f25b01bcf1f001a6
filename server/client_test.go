package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"yodel/server/httpapi/contracttest"
)

// ask is one request. Body is a string as it is, or anything else as JSON; nil is none.
type ask struct {
	method, path string // the path below /api/v1, or whole with two slashes in front
	token        string
	body         any
	wrong        bool // breaks the contract on purpose
	header       map[string]string
}

// reply is what came back.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// with is the same server for a subtest, with a recorder of its own.
func (s *server) with(t *testing.T) *server {
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	return &server{t: t, url: s.url, stop: s.stop, client: &http.Client{Transport: contract().Recorder(t, transport)}}
}

// newRoom makes a room and returns its name.
func (s *server) newRoom(body object) string {
	s.t.Helper()
	return decoded[struct{ Room string }](s.post("/rooms", "", body).is(http.StatusCreated)).Room
}

// do sends a request and reads the answer whole.
func (s *server) do(a ask) *reply {
	s.t.Helper()
	response, err := s.client.Do(s.request(context.Background(), a))
	if err != nil {
		s.t.Fatalf("%s %s: %v", a.method, a.path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", a.method, a.path, err)
	}
	return &reply{s.t, a.method + " " + a.path, response.StatusCode, response.Header, body}
}

func (s *server) request(ctx context.Context, a ask) *http.Request {
	s.t.Helper()
	if a.wrong {
		ctx = contracttest.Wrong(ctx)
	}
	url := s.url + "/api/v1" + a.path
	if root, ok := strings.CutPrefix(a.path, "//"); ok {
		url = s.url + "/" + root
	}
	var body io.Reader
	switch b := a.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, a.method, url, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	for name, value := range a.header {
		request.Header.Set(name, value)
	}
	return request
}

func (s *server) get(path, token string) *reply {
	s.t.Helper()
	return s.do(ask{method: "GET", path: path, token: token})
}

func (s *server) post(path, token string, body any) *reply {
	s.t.Helper()
	return s.do(ask{method: "POST", path: path, token: token, body: body})
}

// is fails the test unless the answer has that status.
func (r *reply) is(status int) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: status %d, want %d: %s", r.what, r.status, status, r.body)
	}
	return r
}

// isProblem fails the test unless the answer is the problem with that code; its status is the recorder's to check.
func (r *reply) isProblem(code string) problem {
	r.t.Helper()
	p := decoded[problem](r)
	if p.Code != code {
		r.t.Fatalf("%s: status %d, want problem %s: %s", r.what, r.status, code, r.body)
	}
	return p
}

// decoded is the body as T.
func decoded[T any](r *reply) T {
	r.t.Helper()
	var v T
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatalf("%s: status %d, body %q: %v", r.what, r.status, r.body, err)
	}
	return v
}

type object = map[string]any

type problem struct {
	Code   string
	Errors []struct{ Field, Reason string }
	Call   callShape
}

type peerShape struct {
	ID, Name string
	Media    struct{ Audio, Video, Screen bool }
	Reason   string // in peer-left
}

type joined struct {
	Peer               peerShape
	Token, StreamToken string
	Peers              []peerShape
	Call               *callShape
	IceServers         []iceServer
	LastEventID        string
}

type callShape struct {
	ID, State, Reason, Caller, Note string
	Revision                        int
	Video                           bool
	Invited                         []struct{ Peer, State string }
	Participants                    []string
}

// invitation is the state of peer's invitation, "" if it has none.
func (c callShape) invitation(peer string) string {
	for _, invited := range c.Invited {
		if invited.Peer == peer {
			return invited.State
		}
	}
	return ""
}

// member is somebody in a room.
type member struct {
	*server
	room string
	joined
}

// join takes a seat in room for somebody of that name.
func (s *server) join(room, name string) *member {
	s.t.Helper()
	return s.joinWith(room, object{"name": name})
}

func (s *server) joinWith(room string, body any) *member {
	s.t.Helper()
	r := s.post("/rooms/"+room+"/peers", "", body).is(http.StatusCreated)
	m := &member{s, room, decoded[joined](r)}
	if want := "/api/v1/rooms/" + room + "/peers/" + m.Peer.ID; !strings.HasSuffix(r.header.Get("Location"), want) {
		s.t.Errorf("Location is %q, want %q", r.header.Get("Location"), want)
	}
	return m
}

// in is a path in the member's room.
func (m *member) in(format string, args ...any) string {
	return "/rooms/" + m.room + fmt.Sprintf(format, args...)
}

// do sends a request of the member's own to a path in its room.
func (m *member) do(method, path string, body any) *reply {
	m.t.Helper()
	return m.server.do(ask{method: method, path: m.in("%s", path), token: m.Token, body: body})
}

func (m *member) post(path string, body any) *reply {
	m.t.Helper()
	return m.do("POST", path, body)
}

// send sends a message, or an array of them, and returns the ids of the events.
func (m *member) send(message any) []string {
	m.t.Helper()
	sent := decoded[struct {
		EventID  string
		EventIDs []string
	}](m.post("/messages", message).is(http.StatusAccepted))
	if sent.EventID != "" {
		return []string{sent.EventID}
	}
	return sent.EventIDs
}

// call rings; accept, decline and hangup are paths below the call it returns.
func (m *member) call(body object) callShape {
	m.t.Helper()
	r := m.post("/calls", body).is(http.StatusCreated)
	c := decoded[callShape](r)
	if want := "/api/v1/rooms/" + m.room + "/calls/" + c.ID; !strings.HasSuffix(r.header.Get("Location"), want) {
		m.t.Errorf("Location is %q, want %q", r.header.Get("Location"), want)
	}
	return c
}

// act answers, refuses or leaves a call.
func (m *member) act(c callShape, action string, body any) callShape {
	m.t.Helper()
	return decoded[callShape](m.post("/calls/"+c.ID+"/"+action, body).is(http.StatusOK))
}

// leave leaves the room for good.
func (m *member) leave() {
	m.t.Helper()
	m.do("DELETE", "/peers/"+m.Peer.ID, nil).is(http.StatusNoContent)
}

// gauge reads a metric without labels.
func (s *server) gauge(name string) (value int) {
	s.t.Helper()
	for line := range strings.Lines(string(s.do(ask{method: "GET", path: "//metrics"}).is(http.StatusOK).body)) {
		if _, err := fmt.Sscanf(line, name+" %d", &value); err == nil {
			return value
		}
	}
	s.t.Fatalf("there is no metric %s", name)
	return 0
}

// awaitGauge waits until a metric has a value.
func (s *server) awaitGauge(name string, want int) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); s.gauge(name) != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is %d, want %d", name, s.gauge(name), want)
		}
	}
}
