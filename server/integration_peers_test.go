package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestTokens shows what each token is good for, and for how long.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, eve := s.join("r", "Ana"), s.join("other", "Eve")
	self := "/peers/" + ana.Peer.ID

	try := func(token string) *reply {
		t.Helper()
		return s.post("/rooms/r/messages", token, object{"type": "chat", "data": 1})
	}
	try("").isProblem("token-missing")
	try("garbage").isProblem("token-invalid")
	try(ana.Token + "x").isProblem("token-invalid")
	try(ana.StreamToken).isProblem("token-invalid")
	try(eve.Token).isProblem("token-wrong-room")
	for name, value := range map[string]string{"another scheme": "Basic YTpi", "no token": "Bearer", "two": "Bearer a b"} {
		r := s.do(ask{method: "POST", path: "/rooms/r/messages", body: object{"type": "chat", "data": 1}, wrong: true, header: map[string]string{"Authorization": value}})
		if p := decoded[problem](r); !strings.HasPrefix(p.Code, "token-") {
			t.Errorf("%s: %s", name, r.body)
		}
	}

	// The stream token reads the stream and nothing else; the full one is refused in a query.
	for _, kind := range []string{"text/event-stream", "*/*"} {
		r := s.do(ask{method: "GET", path: ana.in("/events?access_token=%s", ana.Token), header: map[string]string{"Accept": kind}})
		r.isProblem("token-invalid")
	}
	s.get(ana.in("/events?access_token=%s", eve.StreamToken), "").isProblem("token-wrong-room")
	s.get(ana.in("/events?waitSeconds=0"), "").isProblem("token-missing")
	s.get(ana.in("/events?waitSeconds=0&access_token=%s", ana.StreamToken), "").is(http.StatusOK)
	s.do(ask{method: "POST", path: ana.in("/messages?access_token=%s", ana.StreamToken), body: object{"type": "chat", "data": 1}, wrong: true}).isProblem("token-missing")

	s.do(ask{method: "PATCH", path: ana.in("/peers/%s", eve.Peer.ID), token: ana.Token, body: object{"name": "Mallory"}}).isProblem("not-your-peer")
	s.do(ask{method: "DELETE", path: ana.in("/peers/%s", eve.Peer.ID), token: ana.Token}).isProblem("not-your-peer")
	s.post(ana.in("/peers/%s/token", eve.Peer.ID), ana.Token, nil).isProblem("not-your-peer")

	// Leaving revokes all of a peer's tokens.
	renewed := decoded[joined](s.post(ana.in("%s/token", self), ana.Token, nil).is(http.StatusOK))
	watch := ana.stream(listenAfter{})
	hear(t, watch, "hello")
	ana.leave()
	if got := data[peerShape](t, hear(t, watch, "peer-left")); got.Reason != "left" || got.ID != ana.Peer.ID {
		t.Errorf("heard %+v", got)
	}
	hearGoodbye(t, watch, "left")
	try(ana.Token).isProblem("token-revoked")
	try(renewed.Token).isProblem("token-revoked")
	s.get(ana.in("/events?access_token=%s", renewed.StreamToken), "").isProblem("token-revoked")
	s.post("/rooms/r/peers", renewed.Token, nil).isProblem("token-revoked")
}

// TestTokenRunsOut shows that a token can be renewed before it is over, and that an open stream outlives it.
func TestTokenRunsOut(t *testing.T) {
	t.Parallel()
	s := start(t, "--token-life=4s")
	ana := s.join("r", "Ana")
	watch := ana.stream(listenAfter{})
	hear(t, watch, "hello")
	now := *ana
	pace := now.poll(listenAfter{})
	for range 20 {
		list, err := pace.once("1")
		if err != nil {
			t.Fatal(err)
		}
		now.joined = decoded[joined](now.post("/peers/"+ana.Peer.ID+"/token", nil).is(http.StatusOK))
		pace.how = listenAfter{after: list.LastEventID, token: now.StreamToken}
		if r := ana.do("GET", "", nil); r.status == http.StatusUnauthorized {
			r.isProblem("token-expired")
			break
		}
	}
	ana.do("GET", "", nil).isProblem("token-expired")
	s.get(ana.in("/events?waitSeconds=0"), ana.Token).isProblem("token-expired")
	s.get(ana.in("/events?waitSeconds=0"), ana.StreamToken).isProblem("token-expired") // in a header too
	bob := s.join("r", "Bob")
	if got := data[peerShape](t, hear(t, watch, "peer-joined")); got.ID != bob.Peer.ID {
		t.Errorf("heard %+v", got)
	}
	now.send(object{"type": "chat", "data": 1})
}

// TestJoin shows what a room says at its door.
func TestJoin(t *testing.T) {
	t.Parallel()
	s := start(t, "--limit-peers=3", "--stun-url=stun:stun.example.org:3478", "--turn-url=turn:turn.example.org:3478", "--turn-secret=secret")
	s.get("/rooms/r", "").isProblem("room-not-found")
	ana := s.join("r", "Ana 🎈")
	if len(ana.IceServers) != 2 || ana.IceServers[1].Credential == "" {
		t.Errorf("ICE servers of a peer are %+v", ana.IceServers)
	}
	if got := decoded[joined](s.get("/ice-servers", "").is(http.StatusOK)); len(got.IceServers) != 1 || got.IceServers[0].Username != "" {
		t.Errorf("ICE servers of a stranger are %+v", got.IceServers)
	}
	if got := decoded[joined](s.get("/ice-servers", ana.Token).is(http.StatusOK)); len(got.IceServers) != 2 {
		t.Errorf("ICE servers of a peer are %+v", got.IceServers)
	}

	again := decoded[joined](s.post("/rooms/r/peers", ana.Token, nil).is(http.StatusOK))
	if again.Peer.ID != ana.Peer.ID || again.Peer.Name != "Ana 🎈" || len(again.Peers) != 1 {
		t.Errorf("joining again gave %+v", again)
	}
	s.post("/rooms", "", object{"room": "r"}).isProblem("room-exists")

	nameless := s.post("/rooms/r/peers", "", nil).is(http.StatusCreated) // an empty body is {}
	if got := decoded[joined](nameless); got.Peer.ID == ana.Peer.ID || len(got.Peers) != 2 {
		t.Errorf("the second peer got %+v", got)
	}
	s.join("r", strings.Repeat("名", 64))
	s.post("/rooms/r/peers", "", object{"name": "Dee"}).isProblem("room-full")
	ana.do("PATCH", "/peers/"+ana.Peer.ID, object{"name": "Ana"}).is(http.StatusOK)

	call := ana.call(object{})
	inside := decoded[struct{ Call *callShape }](ana.do("GET", "", nil).is(http.StatusOK))
	outside := decoded[struct{ Call *callShape }](s.get("/rooms/r", "").is(http.StatusOK))
	if inside.Call == nil || inside.Call.ID != call.ID || outside.Call == nil || outside.Call.State != "ringing" || outside.Call.ID != "" {
		t.Errorf("the call is %+v inside and %+v outside", inside.Call, outside.Call)
	}
	ana.leave()
	if got := decoded[struct{ PeerCount int }](s.get("/rooms/r", "").is(http.StatusOK)); got.PeerCount != 2 {
		t.Errorf("%d peers are left", got.PeerCount)
	}
}

// TestLease shows how a seat is lost and got back: by silence, and sooner by a page that said it is being closed.
func TestLease(t *testing.T) {
	t.Parallel()
	s := start(t, "--lease=1s", "--limit-peers=3")
	ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
	bob.do("PATCH", "/peers/"+bob.Peer.ID, object{"media": object{"audio": true}, "away": true}).is(http.StatusOK)
	watch := ana.stream(listenAfter{})
	hear(t, watch, "hello")

	left := data[peerShape](t, hear(t, watch, "peer-left"))
	if left.ID != bob.Peer.ID || left.Reason != "expired" {
		t.Errorf("heard %+v", left)
	}
	ana.post("/messages", object{"to": bob.Peer.ID, "type": "chat", "data": 1}).isProblem("peer-away")
	p := ana.post("/messages", []object{{"type": "chat", "data": 1}, {"to": "nobody", "type": "chat", "data": 2}}).isProblem("peer-not-found")
	if len(p.Errors) != 1 || p.Errors[0].Field != "[1].to" {
		t.Errorf("errors are %+v", p.Errors)
	}

	bob.do("GET", "", nil).is(http.StatusOK) // any request
	back := data[peerShape](t, hear(t, watch, "peer-joined"))
	if back.ID != bob.Peer.ID || back.Name != "Bob" || !back.Media.Audio {
		t.Errorf("heard %+v", back)
	}
	ana.send(object{"to": bob.Peer.ID, "type": "chat", "data": 3})
	heard := bob.poll(listenAfter{after: bob.LastEventID})
	for _, kind := range []string{"peer-joined", "peer-updated", "peer-left", "peer-joined", "chat"} {
		hear(t, heard, kind)
	}

	hear(t, watch, "peer-left")
	cy, dee := s.join("r", "Cy"), s.join("r", "Dee")
	cy.stream(listenAfter{})
	dee.stream(listenAfter{})
	bob.do("GET", "", nil).isProblem("room-full")
	dee.leave()
	ana.post("/messages", object{"to": dee.Peer.ID, "type": "chat", "data": 1}).isProblem("peer-not-found")
}
