package room_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/call"
	"yodel/server/room"
	"yodel/server/signaling"
)

const callID = "0190a0b0-0000-7000-8000-000000000001"

// party is three in a room, and the ear of one more who watches and takes no part.
func party(h *house) (ana, bob, cyd *member, watch *ear) {
	ana, bob, cyd = h.join("r", "Ana"), h.join("r", "Bob"), h.join("r", "Cyd")
	for _, m := range []*member{ana, bob, cyd} {
		m.listen("")
	}
	return ana, bob, cyd, h.join("r", "Wim").listen("")
}

func TestACallFromBeginningToEnd(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, _, watch := party(h)
		own := ana.listen("")
		c, err := ana.ring(room.CallRequest{ID: callID, To: []string{bob.Peer}, Video: true, Note: "hi"})
		if err != nil || c.ID != callID || c.Revision != 1 || c.State != call.StateRinging || !c.Video || c.Note != "hi" || c.Room != "r" || c.Caller != ana.Peer {
			t.Fatalf("%+v, %v", c, err)
		}
		watch.hears("call ringing, Bob ringing")
		own.hears("call ringing, Bob ringing") // the actor too
		if c = bob.accept(c); c.State != call.StateActive || c.Revision != 2 {
			t.Errorf("%+v", c)
		}
		watch.hears("call active, Bob accepted")
		if again := bob.accept(c); again.Revision != 2 {
			t.Errorf("accepted again: %+v", again)
		}
		watch.hears()
		if found, err := ana.findCall(callID); err != nil || found.Revision != 2 {
			t.Errorf("%+v, %v", found, err)
		}
		bob.mustAct(c.ID, call.Hangup{Peer: bob.Peer, Reason: call.ReasonFailed})
		watch.hears("call ended failed, Bob left")
		again := ana.mustAct(c.ID, call.Hangup{Peer: ana.Peer})
		if again.Revision != 3 || again.Reason != call.ReasonFailed {
			t.Errorf("hung up after the end: %+v", again)
		}
		_, err = bob.act(c.ID, call.Accept{Peer: bob.Peer})
		is(t, "accept after the end", err, call.ErrOver)
		watch.hears()
	})
}

func TestWhomACallRings(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, cyd, watch := party(h)
		c := ana.mustRing()
		watch.hears("call ringing, Bob ringing, Cyd ringing, Wim ringing")
		h.join("r", "Dan").listen("")
		watch.hears("Dan joined", "call ringing, Bob ringing, Cyd ringing, Wim ringing, Dan ringing")
		ana.mustAct(c.ID, call.Hangup{Peer: ana.Peer})
		watch.heard()

		c = ana.mustRing(bob)
		h.join("r", "Eve").listen("")
		watch.hears("call ringing, Bob ringing", "Eve joined")
		_, err := cyd.act(c.ID, call.Accept{Peer: cyd.Peer})
		is(t, "accepting uninvited", err, call.ErrNotInvited)
		_, err = cyd.act(c.ID, call.Hangup{Peer: cyd.Peer})
		is(t, "hanging up uninvited", err, call.ErrNotInCall)
	})
}

func TestWhomACallMayNotRing(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, _, watch := party(h)
		away := h.join("r", "Dan")
		time.Sleep(time.Minute)
		watch.heard()
		for what, to := range map[string]string{
			"oneself": ana.Peer, "nobody": "nobody", "somebody in another room": h.join("other", "Eve").Peer,
		} {
			_, err := ana.ring(room.CallRequest{To: []string{bob.Peer, to}})
			var input *signaling.InputError
			if !errors.As(err, &input) || len(input.Fields) != 1 || input.Fields[0].Field != "to[1]" {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := ana.ring(room.CallRequest{To: []string{away.Peer}})
		is(t, "somebody who is away", err, room.ErrPeerAway)
		watch.hears()
	})
}

func TestOneCallAtATime(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, cyd, watch := party(h)
		first, err := ana.ring(room.CallRequest{ID: callID})
		is(t, "ring", err, nil)
		again, err := ana.ring(room.CallRequest{ID: callID, Note: "other"})
		if err != nil || again.Revision != first.Revision || again.Note != "" {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		exists := func(what string, m *member, id string) {
			t.Helper()
			_, err := m.ring(room.CallRequest{ID: id})
			var known *room.CallExistsError
			if !errors.As(err, &known) || known.Call.ID != callID {
				t.Errorf("%s: %v", what, err)
			}
		}
		exists("another while it rings", bob, "")
		exists("another of the caller's own", ana, "0190a0b0-0000-7000-8000-000000000002")
		exists("another's with the id", bob, callID)
		bob.accept(first)
		exists("another while it is on", cyd, "")
		if again, err = ana.ring(room.CallRequest{ID: callID}); err != nil || again.State != call.StateActive {
			t.Errorf("the same again, later: %+v, %v", again, err)
		}
		ana.mustAct(callID, call.Hangup{Peer: ana.Peer})
		if again, err = ana.ring(room.CallRequest{ID: callID}); err != nil || again.State != call.StateEnded {
			t.Errorf("the same again, after its end: %+v, %v", again, err)
		}
		_, err = bob.ring(room.CallRequest{ID: callID})
		var input *signaling.InputError
		if !errors.As(err, &input) || input.Fields[0].Field != "id" {
			t.Errorf("another's with the id of an ended call: %v", err)
		}
		watch.heard()
		cyd.mustRing(bob)
		watch.hears("call ringing, Bob ringing")
	})
}

func TestACallRingsAsLongAsTheServerSays(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, _, watch := party(h)
		c := ana.mustRing(bob)
		watch.hears("call ringing, Bob ringing")
		time.Sleep(20 * time.Second)
		if _, err := ana.ring(room.CallRequest{ID: c.ID}); err != nil { // asked again, it does not ring longer
			t.Error(err)
		}
		time.Sleep(25*time.Second - instant)
		synctest.Wait()
		watch.hears()
		time.Sleep(instant)
		synctest.Wait()
		watch.hears("call ended timeout, Bob ringing")
		if c, err := ana.findCall(c.ID); err != nil || !c.EndedAt.Equal(c.CreatedAt.Add(45*time.Second)) {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestAnAnsweredCallOutlivesItsRinging(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, _, watch := party(h)
		bob.accept(ana.mustRing(bob))
		watch.heard()
		time.Sleep(time.Hour)
		watch.hears()
	})
}

func TestAloneInTheRoomItRingsUntilTheTimeout(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		e := ana.listen("")
		ana.mustRing()
		time.Sleep(45 * time.Second)
		synctest.Wait()
		e.hears("call ringing", "call ended timeout")
	})
}

func TestTheTimerOfAnEarlierCallLeavesTheNextAlone(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, _, watch := party(h)
		first := ana.mustRing(bob)
		time.Sleep(20 * time.Second)
		ana.mustAct(first.ID, call.Hangup{Peer: ana.Peer})
		bob.mustRing(ana)
		watch.heard()
		time.Sleep(45*time.Second - instant)
		synctest.Wait()
		watch.hears()
		time.Sleep(instant)
		synctest.Wait()
		watch.hears("call ended timeout, Ana ringing")
	})
}

// TestALateBeginnerDoesNotStopTheTimerOfTheNextCall: before Ana's request has set the timer of her call, that call is
// over and the next one rings.
func TestALateBeginnerDoesNotStopTheTimerOfTheNextCall(t *testing.T) {
	s := &hooked{}
	inBubble(t, func(h *house) {
		ana, bob, cyd, watch := party(h)
		overtake := func() {
			ana.mustAct(callID, call.Hangup{Peer: ana.Peer})
			time.Sleep(10 * time.Second)
			bob.mustRing(cyd)
		}
		s.afterUpdate.Store(&overtake)
		if _, err := ana.ring(room.CallRequest{ID: callID}); err != nil {
			t.Fatal(err)
		}
		watch.heard()
		time.Sleep(45*time.Second - instant)
		synctest.Wait()
		watch.hears()
		time.Sleep(instant)
		synctest.Wait()
		watch.hears("call ended timeout, Cyd ringing")
	}, hook(s))
}

func TestAnEndedCallCanBeAskedForAWhile(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, _, _ := party(h)
		c := ana.mustRing(bob)
		_, err := ana.findCall("0190a0b0-0000-7000-8000-000000000009")
		is(t, "a call that never was", err, room.ErrCallNotFound)
		_, err = ana.act("0190a0b0-0000-7000-8000-000000000009", call.Hangup{Peer: ana.Peer})
		is(t, "hanging it up", err, room.ErrCallNotFound)
		bob.mustAct(c.ID, call.Decline{Peer: bob.Peer})
		time.Sleep(120*time.Second - instant)
		if c, err := ana.findCall(c.ID); err != nil || c.Reason != call.ReasonDeclined {
			t.Errorf("%+v, %v", c, err)
		}
		if c, err := ana.act(c.ID, call.Hangup{Peer: ana.Peer}); err != nil || c.State != call.StateEnded {
			t.Errorf("%+v, %v", c, err)
		}
		time.Sleep(instant)
		_, err = ana.findCall(c.ID)
		is(t, "after 120 s", err, room.ErrCallNotFound)
		_, err = ana.act(c.ID, call.Hangup{Peer: ana.Peer})
		is(t, "hanging up after 120 s", err, room.ErrCallNotFound)
	})
}

// TestNoEndedCallIsForgottenEarly has somebody ring and hang up again and again.
func TestNoEndedCallIsForgottenEarly(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, _, _ := party(h)
		first := ana.mustRing(bob)
		ana.mustAct(first.ID, call.Hangup{Peer: ana.Peer})
		var limited *room.LimitError
		calls := 1
		for ; calls < 10_000; calls++ {
			time.Sleep(40 * time.Millisecond) // what the limit of messages allows
			c, err := ana.ring(room.CallRequest{To: []string{bob.Peer}})
			if errors.As(err, &limited) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			ana.mustAct(c.ID, call.Hangup{Peer: ana.Peer})
		}
		if limited == nil || limited.What != "calls" || calls < 100 {
			t.Fatalf("after %d calls: %+v", calls, limited)
		}
		if again, err := ana.ring(room.CallRequest{ID: first.ID}); err != nil || again.State != call.StateEnded {
			t.Errorf("the first call, said again: %+v, %v", again, err)
		}
		time.Sleep(limited.RetryAfter)
		ana.mustRing(bob)
	})
}

func TestWhoGoesTakesTheCallAlong(t *testing.T) {
	for what, c := range map[string]struct {
		does func(ana, bob, cyd *member, c call.Call)
		want []string
	}{
		"the caller leaves while it rings": {func(ana, _, _ *member, _ call.Call) { ana.leave() },
			[]string{"call ended cancelled, Bob ringing, Cyd ringing", "Ana left left"}},
		"the caller expires while it rings": {func(ana, _, _ *member, _ call.Call) {
			ana.goAway()
			time.Sleep(10 * time.Second)
		}, []string{"call ended cancelled, Bob ringing, Cyd ringing", "Ana left expired"}},
		"an invitee leaves": {func(_, bob, _ *member, _ call.Call) { bob.leave() },
			[]string{"call ringing, Bob left, Cyd ringing", "Bob left left"}},
		"the last invitee leaves": {func(_, bob, cyd *member, c call.Call) {
			cyd.mustAct(c.ID, call.Decline{Peer: cyd.Peer, Reason: call.ReasonBusy})
			bob.leave()
		}, []string{"call ringing, Bob ringing, Cyd busy", "call ended busy, Bob left, Cyd busy", "Bob left left"}},
		"a participant leaves": {func(_, bob, _ *member, c call.Call) {
			bob.accept(c)
			bob.leave()
		}, []string{"call active, Bob accepted, Cyd ringing", "call ended hangup, Bob left, Cyd ringing", "Bob left left"}},
		"a participant expires": {func(ana, bob, _ *member, c call.Call) {
			ana.listen("")
			bob.accept(c)
			time.Sleep(100 * time.Second)
		}, []string{"call active, Bob accepted, Cyd ringing", "call ended failed, Bob left, Cyd ringing", "Bob left expired"}},
		"an invitee comes back": {func(_, bob, _ *member, _ call.Call) {
			bob.goAway()
			time.Sleep(10 * time.Second)
			synctest.Wait() // the lease runs out at this very moment
			_ = bob.request()
		}, []string{"call ringing, Bob left, Cyd ringing", "Bob left expired", "Bob joined", "call ringing, Bob ringing, Cyd ringing"}},
		"somebody who is not in it leaves": {func(ana, _, _ *member, c call.Call) {
			ana.h.join("r", "Dan").leave()
		}, []string{"Dan joined", "Dan left left"}},
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, func(h *house) {
				ana, bob, cyd := h.join("r", "Ana"), h.join("r", "Bob"), h.join("r", "Cyd")
				cyd.listen("")
				watch := h.join("r", "Wim").listen("")
				started := ana.mustRing(bob, cyd)
				watch.heard()
				c.does(ana, bob, cyd, started)
				synctest.Wait()
				watch.hears(c.want...)
			}, with(func(cfg *room.Config) { cfg.RingTimeout, cfg.LeaseInCall = time.Hour, 100*time.Second }))
		})
	}
}

func TestTheRoomSaysHowManyACallHolds(t *testing.T) {
	for name, want := range map[string]struct {
		req room.CreateRequest
		err error // of the third
	}{
		"two by default": {room.CreateRequest{}, call.ErrFull},
		"three":          {room.CreateRequest{CallCapacity: 3}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *house) {
				want.req.Room = "r"
				_, err := h.Create(h.t.Context(), want.req)
				is(t, "create", err, nil)
				ana, bob, cyd, _ := party(h)
				c := ana.mustRing()
				bob.accept(c)
				_, err = cyd.act(c.ID, call.Accept{Peer: cyd.Peer})
				is(t, "the third accepts", err, want.err)
			})
		})
	}
}
