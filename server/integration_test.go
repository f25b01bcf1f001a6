package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
)

const (
	messageID = "019A8c1f-0b51-7a3e-8f20-6d1c2b3a4051"
	callID    = "019a8c1f-0000-7a3e-8f20-6d1c2b3a4052"
)

// TestCall walks a whole call with nothing but HTTP, Ana on a stream and Bob on long-polls: a guarded room, joining,
// ringing, an offer and its answer, candidates, a change of media, a lost connection, hanging up.
func TestCall(t *testing.T) {
	t.Parallel()
	s := start(t)

	created := s.post("/rooms", "", object{"room": "family", "passcode": "hölzerne Brücke", "callCapacity": 3}).is(http.StatusCreated)
	if got := created.header.Get("Location"); got != "/api/v1/rooms/family" {
		t.Errorf("Location is %q", got)
	}
	s.post("/rooms", "", object{"room": "family"}).isProblem("room-exists")
	s.post("/rooms/family/peers", "", object{"name": "Eve"}).isProblem("passcode-required")
	s.post("/rooms/family/peers", "", object{"name": "Eve", "passcode": "holzerne Brucke"}).isProblem("passcode-wrong")
	room := decoded[struct {
		PeerCount, CallCapacity int
		PasscodeRequired        bool
		Call                    *callShape
	}](s.get("/rooms/family", "").is(http.StatusOK))
	if room.PeerCount != 0 || room.CallCapacity != 3 || !room.PasscodeRequired || room.Call != nil {
		t.Errorf("the room is %+v", room)
	}

	ana := s.joinWith("family", object{"name": "Ana", "passcode": "hölzerne Brücke"})
	bob := s.joinWith("family", object{"name": "Bob", "passcode": "hölzerne Brücke"})
	if len(bob.Peers) != 2 || bob.Peers[0].ID != ana.Peer.ID || bob.Peers[1].Name != "Bob" || bob.Call != nil {
		t.Errorf("Bob found %+v", bob.joined)
	}

	// The position of a join lies just before one's own peer-joined.
	onStream := ana.stream(listenAfter{after: ana.LastEventID})
	hello := data[helloShape](t, hear(t, onStream, "hello"))
	if !hello.Resumed || hello.Peer.ID != ana.Peer.ID || len(hello.Peers) != 2 || hello.LastEventID != ana.LastEventID {
		t.Errorf("hello is %+v", hello)
	}
	for _, name := range []string{"Ana", "Bob"} {
		if got := data[peerShape](t, hear(t, onStream, "peer-joined")); got.Name != name {
			t.Errorf("joined %s, want %s", got.Name, name)
		}
	}
	polling := bob.poll(listenAfter{after: bob.LastEventID})
	if got := data[peerShape](t, hear(t, polling, "peer-joined")); got.ID != bob.Peer.ID {
		t.Errorf("Bob heard %+v before himself", got)
	}
	both := []ear{onStream, polling}

	call := ringAndAccept(t, ana, bob, both)
	negotiate(t, ana, bob, call, onStream, polling)

	bob.do("PATCH", "/peers/"+bob.Peer.ID, object{"media": object{"audio": true}}).is(http.StatusOK)
	bob.do("PATCH", "/peers/"+bob.Peer.ID, object{"media": object{"video": true}, "name": "Bobby"}).is(http.StatusOK)
	for _, e := range both {
		hear(t, e, "peer-updated")
		got := data[peerShape](t, hear(t, e, "peer-updated"))
		if got.Name != "Bobby" || !got.Media.Audio || !got.Media.Video || got.Media.Screen {
			t.Errorf("the peer is now %+v", got)
		}
	}

	onStream = comeBack(t, ana, bob, onStream)
	both[0] = onStream

	ended := ana.act(call, "hangup", object{"reason": "hangup"})
	if ended.State != "ended" || ended.Reason != "hangup" {
		t.Errorf("the call is %+v", ended)
	}
	for _, e := range both {
		if got := hearCall(t, e); got.Revision != ended.Revision || got.State != "ended" {
			t.Errorf("heard %+v, want %+v", got, ended)
		}
	}
	if got := bob.act(call, "hangup", nil); got.Revision != ended.Revision {
		t.Errorf("hanging up an ended call changed it: %+v", got)
	}
	if got := decoded[callShape](bob.do("GET", "/calls/"+call.ID, nil).is(http.StatusOK)); got.State != "ended" {
		t.Errorf("the ended call is %+v", got)
	}
	if next := bob.call(object{}); next.ID == call.ID || next.State != "ringing" { // a next call works
		t.Errorf("the next call is %+v", next)
	}
}

// ringAndAccept has Ana ring and Bob accept, both hearing each change.
func ringAndAccept(t *testing.T, ana, bob *member, both []ear) callShape {
	t.Helper()
	body := object{"id": callID, "to": []string{bob.Peer.ID}, "note": "晚饭?"}
	call := ana.call(body)
	if call.ID != callID || call.State != "ringing" || call.Caller != ana.Peer.ID || !call.Video || call.Note != "晚饭?" ||
		call.invitation(bob.Peer.ID) != "ringing" || !slices.Equal(call.Participants, []string{ana.Peer.ID}) {
		t.Errorf("the call is %+v", call)
	}
	for _, e := range both {
		if got := hearCall(t, e); got.Revision != call.Revision || got.ID != call.ID {
			t.Errorf("heard %+v, want %+v", got, call)
		}
	}
	if again := ana.call(body); again.Revision != call.Revision {
		t.Errorf("the repeated call is %+v", again)
	}
	if p := bob.post("/calls", object{}).isProblem("call-exists"); p.Call.ID != call.ID || p.Call.State != "ringing" {
		t.Errorf("call-exists has %+v", p.Call)
	}

	active := bob.act(call, "accept", object{})
	if active.State != "active" || active.Revision <= call.Revision || active.invitation(bob.Peer.ID) != "accepted" ||
		!slices.Equal(active.Participants, []string{ana.Peer.ID, bob.Peer.ID}) {
		t.Errorf("the accepted call is %+v", active)
	}
	for _, e := range both {
		if got := hearCall(t, e); got.Revision != active.Revision || got.State != "active" {
			t.Errorf("heard %+v, want %+v", got, active)
		}
	}
	if again := bob.act(call, "accept", nil); again.Revision != active.Revision {
		t.Errorf("accepting twice changed the call: %+v", again)
	}
	return active
}

// negotiate sends an offer, its answer and candidates, singly and in arrays, some of them twice.
func negotiate(t *testing.T, ana, bob *member, call callShape, onStream, polling ear) {
	t.Helper()
	// Bytes arrive as they were sent, but for the white space outside strings.
	const sent = `{ "type": "offer",	"sdp": "v=0\r\na=x \u00e9é\/ ", "z": 1.50e+2, "a": [ 1, { } ] }`
	const arrives = `{"type":"offer","sdp":"v=0\r\na=x \u00e9é\/ ","z":1.50e+2,"a":[1,{}]}`
	offer := `{"id":"` + messageID + `","to":"` + bob.Peer.ID + `","call":"` + call.ID + `","type":"offer","data":` + sent + `}`
	first := ana.send(offer)
	heard := hear(t, polling, "offer")
	if heard.ID != first[0] || heard.From != ana.Peer.ID || heard.To != bob.Peer.ID || heard.MessageID != messageID || heard.Call != call.ID {
		t.Errorf("heard %+v", heard)
	}
	if string(heard.Data) != arrives {
		t.Errorf("data arrives as %s\nwant            %s", heard.Data, arrives)
	}
	if again := ana.send(offer); !slices.Equal(again, first) {
		t.Errorf("the repeated offer is event %v, the first was %v", again, first)
	}
	if other := ana.send(object{"id": messageID, "type": "chat", "data": 1}); !slices.Equal(other, first) {
		t.Errorf("the first content should win, got event %v", other)
	}

	bob.send(object{"to": ana.Peer.ID, "call": call.ID, "type": "answer", "data": object{"type": "answer", "sdp": "v=0\r\n"}})
	if got := hear(t, onStream, "answer"); got.From != bob.Peer.ID || got.MessageID != "" {
		t.Errorf("heard %+v", got)
	}

	candidates := []string{"candidate:1 1 udp 2130706431 192.0.2.7 54321 typ host", "candidate:2 1 udp 1 192.0.2.7 54322 typ host", ""}
	messages := make([]object, len(candidates))
	for i, c := range candidates {
		messages[i] = object{"call": call.ID, "type": "candidate", "data": object{"candidate": c, "sdpMid": "0", "sdpMLineIndex": 0}}
	}
	ids := ana.send(messages)
	for i, c := range candidates {
		got := hear(t, polling, "candidate")
		if data[struct{ Candidate string }](t, got).Candidate != c || got.ID != ids[i] {
			t.Errorf("candidate %d is %+v", i, got)
		}
	}
	for _, e := range bob.send([]object{{"type": "chat", "data": nil}}) { // to everyone else
		if got := hear(t, onStream, "chat"); got.ID != e || !bytes.Equal(got.Data, json.RawMessage("null")) {
			t.Errorf("heard %+v", got)
		}
	}
}

// comeBack loses Ana's stream, has Bob go on talking, and resumes: by the header, by the query, by POST, by a long-poll
// and by a stream again, each time without loss or repetition.
func comeBack(t *testing.T, ana, bob *member, old *stream) *stream {
	t.Helper()
	old.close()
	stale, position := old.position(), old.position()
	for n, how := range []listenAfter{
		{header: position, after: "garbage"}, // the header wins
		{after: position},
		{after: position, method: http.MethodPost},
		{after: position, token: ana.StreamToken},
	} {
		said := bob.send([]object{{"type": "chat", "data": n}, {"to": ana.Peer.ID, "type": "chat", "data": "for you"}})
		if how.header != "" {
			how.header = position
		} else {
			how.after = position
		}
		var e ear = ana.poll(how)
		if n%2 == 0 {
			e = ana.stream(how)
			hello := data[helloShape](t, hear(t, e, "hello"))
			if !hello.Resumed || hello.Reason != "" || hello.Call == nil || hello.LastEventID != position {
				t.Errorf("hello is %+v", hello)
			}
		}
		for _, id := range said {
			if got := hear(t, e, "chat"); got.ID != id {
				t.Errorf("heard %+v, want event %s", got, id)
			}
		}
		position = e.position()
		e.close()
	}
	again := ana.stream(listenAfter{after: stale}) // reading consumed nothing
	hear(t, again, "hello")
	for range 8 {
		hear(t, again, "chat")
	}
	if again.position() != position {
		t.Errorf("the replay ends at %s, want %s", again.position(), position)
	}
	return again
}
