package scripts_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// phone is a peer in a room that hears by long-poll, with nothing but HTTP.
type phone struct {
	t        *testing.T
	room     string // the room's address
	id       string
	token    string
	position string
	heard    []event // and not yet looked at
}

type callState struct {
	ID, State, Reason, Note, Caller string
	Participants                    []string
}

type event struct {
	Type string
	Data json.RawMessage
}

func join(t *testing.T, server, room, name string) *phone {
	t.Helper()
	p := &phone{t: t, room: server + "/api/v1/rooms/" + room}
	var joined struct {
		Peer        struct{ ID string }
		Token       string
		LastEventID string
	}
	p.ask(http.MethodPost, "/peers", map[string]string{"name": name}, &joined)
	p.id, p.token, p.position = joined.Peer.ID, joined.Token, joined.LastEventID
	return p
}

// ask makes one request in the room, which must succeed, with body as JSON and the answer decoded into reply, unless
// they are nil.
func (p *phone) ask(method, path string, body, reply any) {
	p.t.Helper()
	var encoded []byte
	if body != nil {
		encoded, _ = json.Marshal(body)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.room+path, bytes.NewReader(encoded))
	if err != nil {
		p.t.Fatal(err)
	}
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %s %s (%v)", method, path, response.Status, answer, err)
	}
	if reply == nil {
		return
	}
	if err := json.Unmarshal(answer, reply); err != nil {
		p.t.Fatalf("%s %s: %s: %v", method, path, answer, err)
	}
}

// next waits for an event that accepted says yes to; those before it are gone then.
func (p *phone) next(what string, accepted func(event) bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); p.listen() {
		for len(p.heard) > 0 {
			e := p.heard[0]
			p.heard = p.heard[1:]
			if accepted(e) {
				return
			}
		}
	}
	p.t.Fatalf("no event: %s", what)
}

// listen is one long-poll.
func (p *phone) listen() {
	p.t.Helper()
	var poll struct {
		Events      []event
		LastEventID string
	}
	p.ask(http.MethodGet, "/events?waitSeconds=5&lastEventId="+p.position, nil, &poll)
	p.heard, p.position = poll.Events, poll.LastEventID
}

// call waits until the call is in state.
func (p *phone) call(state string) callState {
	p.t.Helper()
	var call callState
	p.next("call "+state, func(e event) bool {
		var seen callState
		if e.Type == "call" && json.Unmarshal(e.Data, &seen) == nil && seen.State == state {
			call = seen
			return true
		}
		return false
	})
	return call
}

// left waits until peer has left of its own accord.
func (p *phone) left(peer string) {
	p.t.Helper()
	p.next("peer-left", func(e event) bool {
		var gone struct{ ID, Reason string }
		return e.Type == "peer-left" && json.Unmarshal(e.Data, &gone) == nil && gone.ID == peer && gone.Reason == "left"
	})
}

// answer says accept, decline or hangup to the call.
func (p *phone) answer(call callState, verb string, body any) {
	p.t.Helper()
	p.ask(http.MethodPost, fmt.Sprintf("/calls/%s/%s", call.ID, verb), body, nil)
}

// nameOf is the name of a peer in the room.
func (p *phone) nameOf(peer string) string {
	p.t.Helper()
	var joined struct {
		Peers []struct{ ID, Name string }
	}
	p.ask(http.MethodPost, "/peers", struct{}{}, &joined)
	for _, each := range joined.Peers {
		if each.ID == peer {
			return each.Name
		}
	}
	return ""
}
