package room_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/store"
)

// TestHello asks for positions of Bob's; Bob came after Ana and has heard "one".
func TestHello(t *testing.T) {
	for what, c := range map[string]struct {
		after  func(h *house, ana, bob *member, heard store.Position) string
		reason string // "" is resumed
		then   []string
	}{
		"no position": {func(*house, *member, *member, store.Position) string { return "" }, "new", nil},
		"the last that was heard": {func(_ *house, _, _ *member, heard store.Position) string {
			return heard.String()
		}, "", []string{`Ana: note "two"`}},
		"the join": {func(_ *house, _, bob *member, _ store.Position) string {
			return bob.joined.LastEventID
		}, "", []string{"Bob joined", `Ana: note "one"`, `Ana: note "two"`}},
		"before it joined": {func(_ *house, ana, _ *member, _ store.Position) string {
			return ana.joined.LastEventID
		}, "gap", nil},
		"garbage": {func(*house, *member, *member, store.Position) string { return "no\x00thing-ü" }, "gap", nil},
		"of another room": {func(h *house, _, _ *member, _ store.Position) string {
			return h.join("other", "Dan").joined.LastEventID
		}, "gap", nil},
		"beyond the end": {func(_ *house, _, _ *member, heard store.Position) string {
			return store.Position{Epoch: heard.Epoch, Seq: heard.Seq + 99}.String()
		}, "gap", nil},
		"of a log of the room that is lost": {func(*house, *member, *member, store.Position) string {
			return store.Position{Epoch: store.NewEpoch("r"), Seq: 3}.String()
		}, "restart", nil},
		"too old": {func(_ *house, _, bob *member, heard store.Position) string {
			for range 5 {
				time.Sleep(time.Minute)
				_ = bob.request()
			}
			return bob.joined.LastEventID
		}, "gap", nil},
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, func(h *house) {
				ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
				ana.listen("")
				first := bob.listen("")
				ana.say("one")
				first.heard()
				ana.say("two")
				e := bob.listen(c.after(h, ana, bob, first.Position()))
				hello := e.hello
				if hello.Resumed != (c.reason == "") || hello.Reason != c.reason || hello.HeartbeatSeconds != 10 {
					t.Errorf("hello is %+v", hello)
				}
				if len(hello.Peers) != 2 || hello.Peers[0].ID != ana.Peer || hello.Peer.ID != bob.Peer {
					t.Errorf("the snapshot is %+v", hello)
				}
				e.hears(c.then...)
				ana.say("three")
				e.hears(`Ana: note "three"`)
			})
		})
	}
}

func TestHelloGoesOnFromWhereItSays(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		fresh := bob.listen("")
		ana.say("one")
		again := bob.listen(fresh.hello.LastEventID)
		if !again.hello.Resumed || again.hello.LastEventID != fresh.hello.LastEventID {
			t.Errorf("%+v", again.hello)
		}
		again.hears(`Ana: note "one"`)
		bob.mustRing()
		if c := bob.listen("").hello.Call; c == nil || c.Caller != bob.Peer {
			t.Errorf("the snapshot's call is %+v", c)
		}
	})
}

func TestWhoSeesWhat(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, cyd := h.join("r", "Ana"), h.join("r", "Bob"), h.join("r", "Cyd")
		eve := h.join("other", "Eve").listen("")
		anas, bobs, cyds := ana.listen(""), bob.listen(""), cyd.listen("")
		for range 10 { // more than is looked at in one go
			ana.say("all")
			if _, err := ana.send(note("Bob", bob)); err != nil {
				t.Fatal(err)
			}
		}
		bob.say("done")
		all, both := []string{}, []string{}
		for range 10 {
			all = append(all, `Ana: note "all"`)
			both = append(both, `Ana: note "all"`, `Ana: note "Bob"`)
		}
		anas.hears(`Bob: note "done"`)
		bobs.hears(both...)
		cyds.hears(append(all, `Bob: note "done"`)...)
		eve.hears()
	})
}

func TestPositionsPassWhatIsNotMeantForTheReader(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, cyd := h.join("r", "Ana"), h.join("r", "Bob"), h.join("r", "Cyd")
		cyds := cyd.listen("")
		sent, err := ana.send(note("Bob", bob))
		is(t, "send", err, nil)
		cyds.hears()
		if cyds.Position() != sent[0].Position() {
			t.Errorf("the position is %v, want %v", cyds.Position(), sent[0].Position())
		}
	})
}

func TestAReaderIsReplacedByOneOfItsKind(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		bobs := bob.listen("")
		stream := ana.listen("")
		poll, err := ana.tryListen(room.Poll, "")
		is(t, "poll", err, nil)
		if stream.bye() != "" || poll.bye() != "" {
			t.Errorf("the stream is told %q, the poll %q", stream.bye(), poll.bye())
		}
		second := ana.listen("")
		if stream.bye() != room.GoodbyeReplaced || stream.wakes.Load() != 1 || poll.bye() != "" {
			t.Errorf("the stream is told %q, the poll %q", stream.bye(), poll.bye())
		}
		next, err := ana.tryListen(room.Poll, "")
		is(t, "poll", err, nil)
		if poll.bye() != room.GoodbyeReplaced || poll.wakes.Load() != 1 || second.bye() != "" {
			t.Errorf("the poll is told %q, the stream %q", poll.bye(), second.bye())
		}
		stream.Close() // the old one goes when it likes, and takes nothing with it
		poll.Close()
		bob.say("here?")
		for _, e := range []*ear{second, next} {
			if e.hears(`Bob: note "here?"`); e.wakes.Load() != 1 {
				t.Errorf("woken %d times", e.wakes.Load())
			}
		}
		bobs.hears() // none of this is an event
	})
}

func TestAReaderKeepsTheSeat(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		bob.listen("")
		first := ana.listen("")
		second := ana.listen("")
		first.Close()
		first.Close() // again, and it counts once
		time.Sleep(time.Hour)
		if h.count("r") != 2 {
			t.Fatal("a peer with a stream open lost its seat")
		}
		second.Close()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if h.count("r") != 1 {
			t.Error("the seat is kept without a stream")
		}
	})
}

func TestWakes(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := bob.listen("")
		ana.say("one")
		ana.say("two")
		if e.wakes.Load() != 2 {
			t.Errorf("woken %d times by two events", e.wakes.Load())
		}
		e.Close()
		ana.say("three")
		if e.wakes.Load() != 2 {
			t.Error("woken after its end")
		}
	})
}

func TestAReaderThatFallsTooFarBehindIsTold(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := bob.listen("")
		ana.say("lost")
		time.Sleep(5 * time.Minute)
		if _, err := e.Next(context.Background(), 10); !errors.Is(err, store.ErrPositionLost) {
			t.Errorf("%v", err)
		}
		if hello := bob.listen(e.Position().String()).hello; hello.Reason != "gap" {
			t.Errorf("it comes back to %+v", hello)
		}
	})
}

func TestSubscribingAfterLeaving(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.listen("")
		at := bob.attend()
		defer at.Done(false)
		bob.leave()
		_, _, err := h.Subscribe(h.t.Context(), at, room.Stream, "", func() {})
		is(t, "subscribe", err, room.ErrRevoked)
		_, err = h.Update(h.t.Context(), at, room.Patch{})
		is(t, "update", err, room.ErrRevoked)
		_, err = h.Name(h.t.Context(), at)
		is(t, "name", err, room.ErrRevoked)
		_, err = h.JoinAgain(h.t.Context(), at)
		is(t, "join again", err, room.ErrRevoked)
		_, err = h.Send(h.t.Context(), at, []signaling.Message{note("hi", nil)})
		is(t, "send", err, room.ErrRevoked)
		_, err = h.StartCall(h.t.Context(), at, room.CallRequest{})
		is(t, "call", err, room.ErrRevoked)
	})
}

func TestLeavingWhileOneSubscribes(t *testing.T) {
	s := &hooked{}
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.listen("")
		at := bob.attend()
		defer at.Done(false)
		last := ana.joined.LastEventID
		if e, err := ana.tryListen(room.Poll, ""); err == nil {
			last = e.Position().String()
		}
		leave := bob.leave
		s.afterRead.Store(&leave)
		_, _, err := h.Subscribe(h.t.Context(), at, room.Stream, last, func() {})
		is(t, "subscribe", err, room.ErrRevoked)
	}, hook(s))
}

func TestDrainTellsEveryReaderToComeBackSpreadOverTime(t *testing.T) {
	inBubble(t, func(h *house) {
		var ears []*ear
		for i := range 60 {
			ears = append(ears, h.join(fmt.Sprint("r", i%20), "Ana").listen(""))
		}
		h.Drain()
		var waits []time.Duration
		for _, e := range ears {
			bye := e.Goodbye()
			if bye == nil || bye.Reason != room.GoodbyeDraining || bye.RetryAfter < 250*time.Millisecond || bye.RetryAfter > 1400*time.Millisecond {
				t.Fatalf("goodbye is %+v", bye)
			}
			waits = append(waits, bye.RetryAfter)
		}
		slices.Sort(waits)
		if waits[len(waits)-1]-waits[0] < 500*time.Millisecond {
			t.Errorf("all come back at once: %v", waits)
		}
		if ears[0].MarkEnded(room.Goodbye{Reason: room.GoodbyeLeft}) || ears[0].bye() != room.GoodbyeDraining {
			t.Error("a second goodbye takes the place of the first")
		}
	})
}

func TestEventsAreWhatTheContractSays(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := bob.listen("")
		msg := note("1", bob)
		msg.ID, msg.Key, msg.Call, msg.Data = "0190A0B0-0000-7000-8000-00000000000A", "0190a0b0-0000-7000-8000-00000000000a", `c"1`, []byte(`{"a":1.0,"\u0041":[]}`)
		sent, err := ana.send(msg)
		is(t, "send", err, nil)
		records, err := e.Next(h.t.Context(), 10)
		if err != nil || len(records) != 1 {
			t.Fatal(records, err)
		}
		want := `{"id":"` + sent[0].Position().String() + `","at":"2000-01-01T00:00:00.000Z","messageId":"0190A0B0-0000-7000-8000-00000000000A","type":"note","room":"r","from":"` + ana.Peer + `","to":"` + bob.Peer + `","call":"c\"1","data":{"a":1.0,"\u0041":[]}}`
		if got := string(room.AppendJSON(nil, records[0])); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		ana.leave()
		left := e.events()
		if len(left) != 1 || left[0].Type != "peer-left" || left[0].Room != "r" || left[0].From != "" || !strings.Contains(string(left[0].Data), `"name":"Ana","media":{"audio":false,"video":false,"screen":false},"joinedAt":"2000-01-01T00:00:00.000Z","reason":"left"`) {
			t.Errorf("%+v", left)
		}
	})
}

func TestTransientEventsHaveNoID(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.FixedZone("", 3600))
	got := string(room.Transient("heartbeat", "r", at, map[string]int{"n": 1}))
	if want := `{"at":"2026-01-02T02:04:05.006Z","type":"heartbeat","room":"r","data":{"n":1}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
