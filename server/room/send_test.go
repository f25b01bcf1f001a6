package room_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/store"
)

// withID gives a message an id of its sender's.
func withID(n int, msg signaling.Message) signaling.Message {
	msg.ID = fmt.Sprintf("0190a0b0-0000-7000-8000-%012d", n)
	msg.Key = msg.ID
	return msg
}

func TestSendAnswersThePlaceInTheOrder(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := bob.listen("")
		sent, err := ana.send(note("one", nil), note("two", bob), note("three", nil))
		if err != nil || len(sent) != 3 {
			t.Fatal(sent, err)
		}
		for i, ev := range e.events() {
			if ev.ID != sent[i].Position().String() || sent[i].Seq != sent[0].Seq+uint64(i) {
				t.Errorf("event %d has id %s, answered %v", i, ev.ID, sent[i].Position())
			}
		}
		if _, _, messages := h.Stats(); messages != 3 {
			t.Errorf("%d messages are counted", messages)
		}
	})
}

func TestSendToWhom(t *testing.T) {
	someone := func(id string) func(h *house) string { return func(*house) string { return id } }
	for what, c := range map[string]struct {
		to   func(h *house) string
		want error
	}{
		"somebody who is there": {func(h *house) string { return h.join("r", "Bob").Peer }, nil},
		"somebody without a stream, within the lease": {func(h *house) string {
			bob := h.join("r", "Bob")
			time.Sleep(29 * time.Second)
			return bob.Peer
		}, nil},
		"somebody whose lease ran out": {func(h *house) string {
			bob := h.join("r", "Bob")
			time.Sleep(time.Minute)
			return bob.Peer
		}, room.ErrPeerAway},
		"somebody who left": {func(h *house) string {
			bob := h.join("r", "Bob")
			bob.leave()
			return bob.Peer
		}, room.ErrPeerNotFound},
		"somebody who left after the lease ran out": {func(h *house) string {
			bob := h.join("r", "Bob")
			time.Sleep(time.Minute)
			bob.leave()
			return bob.Peer
		}, room.ErrPeerNotFound},
		"nobody that ever was":         {someone("bob"), room.ErrPeerNotFound},
		"an id of now that nobody has": {func(*house) string { return uuid.Must(uuid.NewV7()).String() }, room.ErrPeerNotFound},
		"an id from before the room began": {
			func(*house) string { return idOf(-time.Hour) }, room.ErrPeerAway},
		"an id from before, of somebody who left": {func(h *house) string {
			_ = h.records.Revoke(idOf(-time.Hour), time.Now().Add(time.Hour))
			return idOf(-time.Hour)
		}, room.ErrPeerNotFound},
		"an id from just before the room began": {
			func(*house) string { return idOf(-time.Second) }, room.ErrPeerNotFound},
		"an id older than any token": {
			func(*house) string { return idOf(-13 * time.Hour) }, room.ErrPeerNotFound},
		"an id from before, but not of our kind": {func(*house) string {
			ticks := uint64(time.Now().Add(-time.Hour).UnixMilli())*10_000 + 0x01b21dd213814000 // RFC 9562 §5.6
			return fmt.Sprintf("%08x-%04x-6%03x-8abc-0123456789ab", ticks>>28, ticks>>12&0xffff, ticks&0xfff)
		}, room.ErrPeerNotFound},
		"an id from before, written in another way": {
			func(*house) string { return strings.ToUpper(idOf(-time.Hour)) }, room.ErrPeerNotFound},
		"somebody in another room": {
			func(h *house) string { return h.join("other", "Bob").Peer }, room.ErrPeerNotFound},
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, func(h *house) {
				time.Sleep(10 * time.Second) // the room is younger than the server
				ana := h.join("r", "Ana")
				e := ana.listen("")
				to := c.to(h)
				e.heard()
				_, err := ana.send(note("one", nil), signaling.Message{Type: "note", To: to, Data: []byte("2")})
				is(t, "send", err, c.want)
				if c.want == nil {
					return
				}
				var element *room.ElementError
				if !errors.As(err, &element) || element.Index != 1 || element.Field != "to" {
					t.Errorf("the error names %+v", element)
				}
				snapshot, _ := h.events.Load(h.t.Context(), "r")
				if last := e.Position(); snapshot.Last != last {
					t.Errorf("a part was stored: %v, before %v", snapshot.Last, last)
				}
			}, atTheIDs)
		})
	}
}

// idOf is a peer id made so long from now.
func idOf(offset time.Duration) string {
	ms := time.Now().Add(offset).UnixMilli()
	return fmt.Sprintf("%08x-%04x-7abc-8abc-0123456789ab", ms>>16, ms&0xffff)
}

func TestWhoHasNotComeBackToAFreedRoomIsAway(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, cyd := h.join("r", "Ana"), h.join("r", "Bob"), h.join("r", "Cyd")
		cyd.leave()
		time.Sleep(10 * time.Minute)
		if h.events.Rooms() != 0 {
			t.Fatal("the room was not freed")
		}
		_, err := ana.send(note("there?", bob))
		is(t, "send to who is away", err, room.ErrPeerAway)
		_, err = ana.send(note("there?", cyd))
		is(t, "send to who left", err, room.ErrPeerNotFound)
		is(t, "coming back", bob.request(), nil)
		_, err = ana.send(note("there?", bob))
		is(t, "send to who came back", err, nil)
	}, atTheIDs)
}

func TestAfterARestartWhoWasThereIsAway(t *testing.T) {
	inBubble(t, func(before *house) {
		ana, bob := before.join("r", "Ana"), before.join("r", "Bob")
		time.Sleep(time.Second)
		h := build(before.t)
		ana.h, bob.h = h, h
		_, err := ana.send(note("there?", bob))
		is(t, "send", err, room.ErrPeerAway)
		is(t, "coming back", bob.request(), nil)
		_, err = ana.send(note("there?", bob))
		is(t, "send", err, nil)
	}, atTheIDs)
}

func TestNobodySendsToThemselves(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := bob.listen("")
		_, err := ana.send(note("one", nil), note("two", ana))
		var element *room.ElementError
		var input *signaling.InputError
		if !errors.As(err, &element) || element.Index != 1 || !errors.As(err, &input) || input.Fields[0].Field != "to" {
			t.Errorf("%v", err)
		}
		e.hears()
	})
}

func TestARepeatedMessageAddsNothing(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		anas, bobs := ana.listen(""), bob.listen("")
		first, err := ana.send(withID(1, note("first", nil)))
		is(t, "send", err, nil)
		again, err := ana.send(withID(2, note("new", nil)), withID(1, note("changed", nil)))
		is(t, "send again", err, nil)
		if again[1] != first[0] || again[0].Seq != first[0].Seq+1 {
			t.Errorf("answered %v, then %v", first[0].Position(), again[1].Position())
		}
		_, err = bob.send(withID(1, note("of another sender", nil)))
		is(t, "send", err, nil)
		bobs.hears(`Ana: note "first"`, `Ana: note "new"`)
		anas.hears(`Bob: note "of another sender"`)
	})
}

func TestARepeatIsAnsweredThoughItsRecipientHasGone(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.listen("")
		first, err := ana.send(withID(1, note("hi", bob)))
		is(t, "send", err, nil)
		bob.leave()
		again, err := ana.send(withID(1, note("hi", bob)))
		if err != nil || again[0] != first[0] {
			t.Errorf("%v, %v", again, err)
		}
	})
}

func TestTheLimitOfMessages(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		bob.listen("")
		batch := make([]signaling.Message, 64)
		for i := range batch {
			batch[i] = note("x", nil)
		}
		for range 4 { // the burst, 256
			if _, err := ana.send(batch...); err != nil {
				t.Fatal(err)
			}
		}
		limited := func(n int, want time.Duration) {
			t.Helper()
			_, err := ana.send(batch[:n]...)
			var limit *room.LimitError
			if !errors.As(err, &limit) || limit.What != "messages" || limit.RetryAfter.Round(time.Millisecond) != want {
				t.Errorf("%d more: %v %+v", n, err, limit)
			}
		}
		limited(1, 20*time.Millisecond)
		limited(64, 1280*time.Millisecond)
		if _, err := bob.send(batch...); err != nil {
			t.Errorf("the limit is not each peer's own: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
		if _, err := ana.send(batch[0]); err != nil {
			t.Errorf("after the time told: %v", err)
		}
		limited(1, 20*time.Millisecond)
		if _, err := ana.ring(room.CallRequest{}); err == nil {
			t.Error("calls are not counted")
		}
		for range 10 { // fifty a second, for ten seconds
			time.Sleep(time.Second)
			if _, err := ana.send(batch[:50]...); err != nil {
				t.Error(err)
			}
			limited(1, 20*time.Millisecond)
		}
	})
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		for range 10_000 {
			ana.say("x")
		}
	}, with(func(cfg *room.Config) { cfg.Messages = 0 }))
}

func TestAFullLogRefusesAndLosesNothing(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.listen("")
		e := bob.listen("")
		big, sent := make([]byte, 64<<10), 0
		for i := range big {
			big[i] = '1'
		}
		var err error
		for err == nil {
			if _, err = ana.send(signaling.Message{Type: "note", Data: big}); err == nil {
				sent++
			}
		}
		is(t, "send", err, store.ErrLogFull)
		if got := len(e.events()); got != sent || sent < 120 {
			t.Errorf("%d of %d messages are kept", got, sent)
		}
		bob.leave() // what happens in the room goes on
		time.Sleep(2*time.Minute + time.Second)
		ana.say("again")
	}, with(func(cfg *room.Config) { cfg.Messages = 0 }))
}

// TestAnArrayLargerThanTheBurst needs a full allowance, and is not refused for ever.
func TestAnArrayLargerThanTheBurst(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		three := []signaling.Message{note("1", nil), note("2", nil), note("3", nil)}
		_, err := ana.send(three...)
		is(t, "an array of three", err, nil)
		var limited *room.LimitError
		if _, err = ana.send(three...); !errors.As(err, &limited) {
			t.Fatalf("the next is answered %v", err)
		}
		time.Sleep(limited.RetryAfter)
		_, err = ana.send(three...)
		is(t, "the same when it was told to come again", err, nil)
	}, with(func(cfg *room.Config) { cfg.Messages, cfg.MessagesBurst = 1, 2 }))
}

// TestWhoIsAwayBeforeManyOthers: a room keeps in mind but so many who are away. Of the others it still knows that they may come
// back, unless they left.
func TestWhoIsAwayBeforeManyOthers(t *testing.T) {
	inBubble(t, func(h *house) {
		time.Sleep(10 * time.Second) // the room is younger than the server
		ana := h.join("r", "Ana")
		e := ana.listen("")
		defer e.Close()
		away, left := h.join("r", "Bob"), h.join("r", "Cyd")
		left.leave()
		for range 5 {
			for range 30 {
				h.join("r", "somebody")
			}
			time.Sleep(time.Minute)
		}
		for peer, want := range map[string]error{away.Peer: room.ErrPeerAway, left.Peer: room.ErrPeerNotFound} {
			_, err := ana.send(signaling.Message{Type: "note", To: peer, Data: []byte("2")})
			is(t, "send", err, want)
		}
		is(t, "a request of who is away", away.request(), nil)
	})
}
