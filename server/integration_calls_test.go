package main

import (
	"net/http"
	"slices"
	"testing"
)

// TestCallEnds brings about every way a call can end, and what everyone in the room hears of it.
func TestCallEnds(t *testing.T) {
	t.Parallel()
	s := start(t, "--ring-timeout=5s", "--lease=1500ms", "--lease-in-call=1500ms", "--limit-joins-burst=1000")
	for name, c := range map[string]struct {
		reason string
		// end leads to it; each of the three has a stream, which keeps the lease; Cy's tells what is heard.
		end func(ana, bob *member, c callShape, streams [2]*stream)
	}{
		"the caller cancels": {"cancelled", func(ana, _ *member, c callShape, _ [2]*stream) { ana.act(c, "hangup", nil) }},
		"the caller leaves":  {"cancelled", func(ana, _ *member, _ callShape, _ [2]*stream) { ana.leave() }},
		"the caller is lost": {"cancelled", func(_, _ *member, _ callShape, streams [2]*stream) { streams[0].close() }},
		"nobody answers":     {"timeout", func(*member, *member, callShape, [2]*stream) {}},
		"the invited leaves": {"timeout", func(_, bob *member, _ callShape, _ [2]*stream) { bob.leave() }},
		"refused":            {"declined", func(_, bob *member, c callShape, _ [2]*stream) { bob.act(c, "decline", nil) }},
		"refused by hangup":  {"declined", func(_, bob *member, c callShape, _ [2]*stream) { bob.act(c, "hangup", nil) }},
		"busy":               {"busy", func(_, bob *member, c callShape, _ [2]*stream) { bob.act(c, "decline", object{"reason": "busy"}) }},
		"hung up": {"hangup", func(ana, bob *member, c callShape, _ [2]*stream) {
			bob.act(c, "accept", nil)
			ana.act(c, "hangup", nil)
		}},
		"hung up by leaving": {"hangup", func(_, bob *member, c callShape, _ [2]*stream) { bob.act(c, "accept", nil); bob.leave() }},
		"failed": {"failed", func(_, bob *member, c callShape, _ [2]*stream) {
			bob.act(c, "accept", nil)
			bob.act(c, "hangup", object{"reason": "failed"})
		}},
		"lost": {"failed", func(_, bob *member, c callShape, streams [2]*stream) {
			bob.act(c, "accept", nil)
			streams[1].close()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			room := s.newRoom(object{})
			ana, bob, cy := s.join(room, "Ana"), s.join(room, "Bob"), s.join(room, "Cy")
			streams := [2]*stream{ana.stream(listenAfter{}), bob.stream(listenAfter{})}
			watch := cy.stream(listenAfter{})
			hear(t, watch, "hello")
			call := ana.call(object{"to": []string{bob.Peer.ID}})
			c.end(ana, bob, call, streams)
			ended := callShape{}
			for revision := 0; ended.State != "ended"; {
				e, err := watch.next()
				if err != nil {
					t.Fatal(err)
				}
				if e.Type != "call" {
					continue // who left
				}
				if ended = data[callShape](t, e); ended.Revision <= revision {
					t.Errorf("revision %d after %d", ended.Revision, revision)
				}
				revision = ended.Revision
			}
			if ended.Reason != c.reason {
				t.Errorf("it ended by %q, want %q", ended.Reason, c.reason)
			}
			if got := decoded[callShape](cy.do("GET", "/calls/"+call.ID, nil).is(http.StatusOK)); got.Revision != ended.Revision {
				t.Errorf("the call is %+v, heard was %+v", got, ended)
			}
			cy.post("/calls/"+call.ID+"/accept", nil).isProblem("call-over")
			cy.call(object{})
		})
	}
}

// TestTwoAccept shows that of two who accept at once one gets the last place, and that both hear the same.
func TestTwoAccept(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, bob, cy := s.join("r", "Ana"), s.join("r", "Bob"), s.join("r", "Cy")
	for range 10 {
		call := ana.call(object{})
		replies := make(chan *reply, 2)
		for _, m := range []*member{bob, cy} {
			go func() { replies <- m.post("/calls/"+call.ID+"/accept", object{}) }()
		}
		a, b := <-replies, <-replies
		if a.status != http.StatusOK {
			a, b = b, a
		}
		won := decoded[callShape](a.is(http.StatusOK))
		b.isProblem("call-full")
		if len(won.Participants) != 2 || won.Participants[0] != ana.Peer.ID {
			t.Errorf("the call is %+v", won)
		}
		ana.act(call, "hangup", nil)

	}
}

// TestWhoMayDoWhat walks the rules of who may answer, refuse and leave a call.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := start(t)
	room := s.newRoom(object{"callCapacity": 3})
	ana, bob, cy := s.join(room, "Ana"), s.join(room, "Bob"), s.join(room, "Cy")

	for name, to := range map[string]any{
		"nobody": []string{}, "oneself": []string{ana.Peer.ID}, "a stranger": []string{bob.Peer.ID, "nobody"}, "no list": bob.Peer.ID,
	} {
		r := s.do(ask{method: "POST", path: ana.in("/calls"), token: ana.Token, body: object{"to": to}, wrong: true})
		if p := r.isProblem("bad-request"); len(p.Errors) == 0 {
			t.Errorf("to %s: %+v", name, p)
		}
	}

	call := ana.call(object{"to": []string{bob.Peer.ID}, "video": false})
	path := "/calls/" + call.ID
	ana.post(path+"/accept", nil).isProblem("not-invited")
	ana.post(path+"/decline", nil).isProblem("not-invited")
	cy.post(path+"/accept", nil).isProblem("not-invited")
	cy.post(path+"/decline", nil).isProblem("not-invited")
	cy.post(path+"/hangup", nil).isProblem("not-in-call")
	cy.post("/calls/019a8c1f-0000-7a3e-8f20-000000000000/accept", nil).isProblem("call-not-found")
	cy.do("GET", "/calls/nothing", nil).isProblem("call-not-found")
	if call.Video || call.invitation(cy.Peer.ID) != "" {
		t.Errorf("the call is %+v", call)
	}

	// Once it is on, anyone may join; who comes back goes last; the call goes on while two are in it.
	bob.act(call, "accept", nil)
	cy.act(call, "accept", nil)
	ana.act(call, "hangup", nil)
	back := ana.act(call, "accept", nil)
	if want := []string{bob.Peer.ID, cy.Peer.ID, ana.Peer.ID}; !slices.Equal(back.Participants, want) {
		t.Errorf("participants are %v, want %v", back.Participants, want)
	}
	dee := s.join(room, "Dee")
	if dee.Call == nil || dee.Call.Revision != back.Revision {
		t.Errorf("Dee found the call %+v", dee.Call)
	}
	dee.post(path+"/accept", nil).isProblem("call-full")
	dee.post(path+"/hangup", nil).isProblem("not-in-call")
	if p := dee.post("/calls", nil).isProblem("call-exists"); p.Call.State != "active" {
		t.Errorf("call-exists has %+v", p.Call)
	}
	ana.leave()
	if left := bob.act(call, "hangup", nil); left.State != "ended" || left.Reason != "hangup" {
		t.Errorf("the call is %+v", left)
	}
	bob.post(path+"/accept", nil).isProblem("call-over")
	cy.post(path+"/decline", nil).isProblem("call-over")
}

// TestOpenCall shows that a call to everyone rings whoever joins meanwhile, that its caller may be alone, and that
// what is said to a call that is over does not touch the next one.
func TestOpenCall(t *testing.T) {
	t.Parallel()
	s := start(t, "--ring-timeout=2s")
	ana := s.join("r", "Ana")
	earlier := ana.call(object{})
	ana.act(earlier, "hangup", nil)
	call := ana.call(object{})
	bob := s.join("r", "Bob")
	watch := bob.stream(listenAfter{after: bob.LastEventID})
	hear(t, watch, "hello")
	hear(t, watch, "peer-joined")
	if got := hearCall(t, watch); got.invitation(bob.Peer.ID) != "ringing" || got.ID != call.ID {
		t.Errorf("heard %+v", got)
	}
	if got := ana.act(earlier, "hangup", nil); got.State != "ended" {
		t.Errorf("the earlier call is %+v", got)
	}
	if got := hearCall(t, watch); got.ID != call.ID || got.Reason != "timeout" {
		t.Errorf("heard %+v", got)
	}
}
