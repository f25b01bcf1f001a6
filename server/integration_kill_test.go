package main

import (
	"net/http"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

// lives are the lives of a server that is killed with SIGKILL and started again with the same directory.
type lives struct {
	t       *testing.T
	dir     string
	now     *server
	program *exec.Cmd
}

func startLives(t *testing.T, flags ...string) *lives {
	t.Helper()
	l := &lives{t: t, dir: t.TempDir()}
	l.now, l.program = startProgram(t, l.dir, flags...)
	return l
}

// kill kills the server, starts it again and has the members go on with it.
func (l *lives) kill(members []*member, flags ...string) {
	l.t.Helper()
	if err := l.program.Process.Kill(); err != nil {
		l.t.Fatal(err)
	}
	_ = l.program.Wait() // says that it was killed
	l.now, l.program = startProgram(l.t, l.dir, flags...)
	moveTo(l.now, members...)
}

// TestKilled kills the server after every step of a call. Whoever repeats a request, for its answer may have been lost,
// gets the answer of the first time; and the streams go on with what nobody has heard yet.
func TestKilled(t *testing.T) {
	t.Parallel()
	l := startLives(t)
	l.now.newRoom(object{"room": "r", "passcode": "right"})
	ana := l.now.joinWith("r", object{"name": "Ana", "passcode": "right"})
	bob := l.now.joinWith("r", object{"name": "Bob", "passcode": "right"})
	both := []*member{ana, bob}
	position := bob.LastEventID
	hearNext := func(want ...string) (heard []event) { // by a stream that is open for so long only
		t.Helper()
		watch := bob.stream(listenAfter{after: position})
		defer watch.close()
		if hello := data[helloShape](t, hear(t, watch, "hello")); !hello.Resumed || len(hello.Peers) != 2 {
			t.Errorf("hello is %+v", hello)
		}
		for _, kind := range want {
			heard = append(heard, hear(t, watch, kind))
		}
		position = watch.position()
		return heard
	}
	hearNext("peer-joined")

	ring := object{"id": uuid.NewString(), "to": []string{bob.Peer.ID}, "note": "hello"}
	call := ana.call(ring)
	l.kill(both)
	if again := ana.call(ring); again.ID != call.ID || again.Revision != 1 || again.State != "ringing" || again.Note != "hello" {
		t.Errorf("the call repeated is %+v", again)
	}
	bob.post("/calls", object{}).isProblem("call-exists")

	accepted := bob.act(call, "accept", nil)
	l.kill(both)
	if again := bob.act(call, "accept", nil); again.Revision != accepted.Revision || again.State != "active" {
		t.Errorf("accepted again it is %+v", again)
	}

	messages := []object{
		{"id": uuid.NewString(), "to": bob.Peer.ID, "call": call.ID, "type": "offer", "data": object{"type": "offer", "sdp": "v=0"}},
		{"id": uuid.NewString(), "call": call.ID, "type": "candidate", "data": object{"candidate": ""}},
	}
	sent := ana.send(messages)
	l.kill(both)
	sent = append(sent, ana.send(object{"type": "chat", "data": "between"})...)
	if again := ana.send(messages); !slices.Equal(again, sent[:2]) {
		t.Errorf("sent again they are %v, and were %v", again, sent)
	}
	var ids []string
	for _, e := range hearNext("call", "call", "offer", "candidate", "chat")[2:] {
		ids = append(ids, e.ID)
	}
	if !slices.Equal(ids, sent) {
		t.Errorf("heard %v, sent %v", ids, sent)
	}

	ended := ana.act(call, "hangup", nil)
	l.kill(both)
	if again := ana.act(call, "hangup", nil); again.Revision != ended.Revision || again.State != "ended" || again.Reason != "hangup" {
		t.Errorf("hung up again it is %+v", again)
	}
	bob.post("/calls/"+call.ID+"/accept", nil).isProblem("call-over")
	declined := bob.act(ana.call(object{}), "decline", object{"reason": "busy"})
	l.kill(both)
	if again := bob.act(declined, "decline", nil); again.Revision != declined.Revision || again.Reason != "busy" {
		t.Errorf("declined again it is %+v", again)
	}
	hearNext("call", "call", "call")

	ana.leave()
	l.kill(both)
	ana.do("DELETE", "/peers/"+ana.Peer.ID, nil).isProblem("token-revoked")
	list, err := bob.poll(listenAfter{after: position}).once("0")
	if err != nil || len(list.Events) != 1 || list.Events[0].Type != "peer-left" {
		t.Errorf("heard %+v, %v", list, err)
	}
}

// TestKilledWhileItRings has the call ring on, and end by the time at which it began.
func TestKilledWhileItRings(t *testing.T) {
	t.Parallel()
	l := startLives(t)
	ana, bob := l.now.join("r", "Ana"), l.now.join("r", "Bob")
	both := []*member{ana, bob}
	call := ana.call(object{})
	l.kill(both)
	if now := ringing(bob); now == nil || now.ID != call.ID || now.invitation(bob.Peer.ID) != "ringing" {
		t.Errorf("the call is %+v", now)
	}

	const timeout = 2 * time.Second
	l.kill(both, "--ring-timeout="+timeout.String()) // maybe the call is over by now, maybe not yet
	watch := bob.stream(listenAfter{after: bob.LastEventID})
	hear(t, watch, "hello")
	hear(t, watch, "peer-joined")
	hear(t, watch, "call")
	if ended := hearCall(t, watch); ended.State != "ended" || ended.Reason != "timeout" {
		t.Errorf("the call is %+v", ended)
	}
	if rang := rang(t, ana, call); rang < timeout {
		t.Errorf("it rang for %v", rang)
	}

	call = ana.call(object{})
	for begun := time.Now(); time.Since(begun) < 100*time.Millisecond; {
		l.kill(both)
	}
	l.kill(both, "--ring-timeout=100ms") // it has rung for longer than that before anybody could ask
	if now := ringing(bob); now != nil {
		t.Errorf("the call is %+v", now)
	}
	bob.post("/calls/"+call.ID+"/accept", nil).isProblem("call-over")
}

// ringing is the call of the room that m is in, nil if there is none.
func ringing(m *member) *callShape {
	m.t.Helper()
	return decoded[struct{ Call *callShape }](m.do("GET", "", nil).is(http.StatusOK)).Call
}

// rang is for how long a call that has ended rang.
func rang(t *testing.T, m *member, c callShape) time.Duration {
	t.Helper()
	times := decoded[struct{ CreatedAt, EndedAt time.Time }](m.do("GET", "/calls/"+c.ID, nil).is(http.StatusOK))
	return times.EndedAt.Sub(times.CreatedAt)
}
