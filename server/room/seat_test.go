package room_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/call"
	"yodel/server/room"
)

func TestJoiningAndLeavingAreToldToTheRoomTheActorIncluded(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		if j := ana.joined; j.Peer.Name != "Ana" || j.Peer.ID != ana.Peer || len(j.Peers) != 1 || j.Peers[0] != j.Peer || j.Call != nil {
			t.Errorf("Ana learns %+v", j)
		}
		anas := ana.listen(ana.joined.LastEventID)
		bob := h.join("r", "Bob")
		if len(bob.joined.Peers) != 2 || bob.joined.Peers[0].ID != ana.Peer {
			t.Errorf("Bob learns of %+v", bob.joined.Peers)
		}
		bobs := bob.listen(bob.joined.LastEventID)
		anas.hears("Ana joined", "Bob joined")
		bobs.hears("Bob joined")
		bob.leave()
		anas.hears("Bob left left")
		bobs.hears("Bob left left") // before it has to go
		if bobs.bye() != room.GoodbyeLeft || anas.bye() != "" {
			t.Errorf("goodbyes: Bob %q, Ana %q", bobs.bye(), anas.bye())
		}
		is(t, "a request after leaving", bob.request(), room.ErrRevoked)
		if h.count("r") != 1 {
			t.Errorf("%d seats", h.count("r"))
		}
	})
}

func TestLeavingTwiceAtOnceIsOneLeaving(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		anas := ana.listen("")
		first, second := bob.attend(), bob.attend()
		is(t, "leaving", h.Leave(h.t.Context(), first), nil)
		is(t, "leaving again", h.Leave(h.t.Context(), second), nil)
		first.Done(false)
		second.Done(false)
		anas.hears("Bob left left")
		if peers, _, _ := h.Stats(); peers != 1 {
			t.Errorf("%d peers are counted", peers)
		}
	})
}

// TestLease: Bob does something and then nothing; Ana, whose stream stays open, sees when his seat is taken.
func TestLease(t *testing.T) {
	inCall := func(h *house, bob *member) { // Bob rings Cyd, who accepts
		cyd := h.join("r", "Cyd")
		cyd.listen("")
		cyd.accept(bob.mustRing(cyd))
	}
	for what, c := range map[string]struct {
		does func(h *house, bob *member)
		want time.Duration
	}{
		"nothing since it joined": {func(*house, *member) {}, 30 * time.Second},
		"a request later on": {func(_ *house, bob *member) {
			time.Sleep(29 * time.Second)
			_ = bob.request()
		}, 30 * time.Second},
		"a long request": {func(_ *house, bob *member) {
			at := bob.attend()
			time.Sleep(time.Hour)
			at.Done(false)
		}, 30 * time.Second},
		"a stream that is closed": {func(_ *house, bob *member) {
			e := bob.listen("")
			time.Sleep(time.Hour)
			e.Close()
		}, 30 * time.Second},
		"a request that ends while the stream is open": {func(_ *house, bob *member) {
			e := bob.listen("")
			time.Sleep(time.Minute)
			_ = bob.request()
			time.Sleep(time.Minute)
			e.Close()
		}, 30 * time.Second},
		"going away": {func(_ *house, bob *member) { bob.goAway() }, 10 * time.Second},
		"going away in a call": {func(h *house, bob *member) {
			inCall(h, bob)
			bob.goAway()
		}, 10 * time.Second},
		"going away, then a request": {func(_ *house, bob *member) {
			bob.goAway()
			time.Sleep(5 * time.Second)
			_ = bob.request()
		}, 30 * time.Second},
		"going away before the stream closes": {func(_ *house, bob *member) {
			e := bob.listen("")
			bob.goAway()
			time.Sleep(time.Minute)
			e.Close()
		}, 10 * time.Second},
		"being in a call":         {inCall, 120 * time.Second},
		"calling, while it rings": {func(_ *house, bob *member) { bob.mustRing() }, 120 * time.Second},
		"being called, while it rings": {func(h *house, bob *member) {
			cyd := h.join("r", "Cyd")
			cyd.listen("")
			cyd.mustRing(bob)
		}, 30 * time.Second},
		"hanging up": {func(h *house, bob *member) {
			cyd := h.join("r", "Cyd")
			cyd.listen("")
			c := cyd.accept(bob.mustRing(cyd))
			time.Sleep(5 * time.Second)
			bob.mustAct(c.ID, call.Hangup{Peer: bob.Peer})
		}, 30 * time.Second},
		"a call that the other side hangs up": {func(h *house, bob *member) {
			cyd := h.join("r", "Cyd")
			cyd.listen("")
			c := cyd.accept(bob.mustRing(cyd))
			time.Sleep(40 * time.Second)
			cyd.mustAct(c.ID, call.Hangup{Peer: cyd.Peer})
		}, 20 * time.Second}, // 60 s since Bob's last request
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, func(h *house) {
				ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
				e := ana.listen("")
				c.does(h, bob)
				e.heard()
				time.Sleep(c.want - instant)
				synctest.Wait()
				e.hears()
				time.Sleep(instant)
				synctest.Wait()
				if heard := e.heard(); len(heard) == 0 || heard[len(heard)-1] != "Bob left expired" {
					t.Errorf("after %v Ana hears %q", c.want, heard)
				}
			}, with(func(cfg *room.Config) { cfg.RingTimeout = time.Hour }))
		})
	}
}

func TestWhoComesBackHasTheSameSeatAndSeesWhatItMissed(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		anas := ana.listen("")
		bobs := bob.listen("")
		ana.say("one")
		bobs.hears(`Ana: note "one"`)
		position := bobs.Position().String()
		bobs.Close()
		time.Sleep(40 * time.Second)
		ana.say("two")
		anas.hears("Bob left expired")

		back := bob.listen(position)
		if !back.hello.Resumed || back.hello.Peer.ID != bob.Peer || back.hello.Peer.Name != "Bob" || len(back.hello.Peers) != 2 {
			t.Errorf("Bob is told %+v", back.hello)
		}
		back.hears("Bob left expired", `Ana: note "two"`, "Bob joined")
		anas.hears("Bob joined")
		if _, err := ana.send(note("three", bob)); err != nil {
			t.Errorf("send to who came back: %v", err)
		}
	})
}

func TestWhoComesBackIsWhoItWas(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.listen("")
		at, yes, name := bob.attend(), true, "Robert"
		_, err := h.Update(h.t.Context(), at, room.Patch{Name: &name, Media: room.MediaPatch{Video: &yes}})
		is(t, "update", err, nil)
		at.Done(false)
		time.Sleep(time.Minute)
		hello := bob.listen("").hello
		if hello.Peer.Name != "Robert" || !hello.Peer.Media.Video || hello.Peer.Media.Audio {
			t.Errorf("Bob came back as %+v", hello.Peer)
		}
	})
}

func TestWhoComesBackToAFullRoomIsRefused(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		anas := ana.listen("")
		time.Sleep(time.Minute)
		cyd := h.join("r", "Cyd")
		cyd.listen("")
		is(t, "coming back", bob.request(), room.ErrFull)
		_, err := h.tryJoin(room.JoinRequest{Room: "r", Name: "Dan"})
		is(t, "joining", err, room.ErrFull)
		is(t, "who has a seat", ana.request(), nil)
		cyd.leave()
		is(t, "coming back to the free seat", bob.request(), nil)
		anas.hears("Bob left expired", "Cyd joined", "Cyd left left", "Bob joined")
	}, with(func(cfg *room.Config) { cfg.MaxPeers = 2 }))
}

func TestATokenOutlivesTheRoomsMemoryOfIt(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		time.Sleep(time.Hour) // everything is freed
		if h.events.Rooms() != 0 {
			t.Fatal("the room was not freed")
		}
		e := ana.listen(ana.joined.LastEventID)
		if e.hello.Resumed || e.hello.Reason != "restart" || e.hello.Peer.ID != ana.Peer {
			t.Errorf("Ana is told %+v", e.hello)
		}
	})
}

func TestJoinAgainTellsOfTheRoomAsItIs(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		at := ana.attend()
		defer at.Done(false)
		again, err := h.JoinAgain(h.t.Context(), at)
		is(t, "join again", err, nil)
		if again.Peer != ana.joined.Peer || len(again.Peers) != 2 || again.Peers[1].ID != bob.Peer {
			t.Errorf("Ana learns %+v", again)
		}
		e := ana.listen(again.LastEventID)
		if e.hears(); !e.hello.Resumed {
			t.Errorf("Ana is told %+v", e.hello)
		}
	})
}

func TestUpdateTellsOfChangesOnly(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		e := ana.listen("")
		at, yes, no, same := ana.attend(), true, false, "Ana"
		defer at.Done(false)
		for _, patch := range []room.Patch{
			{}, {Name: &same}, {Media: room.MediaPatch{Audio: &no}},
			{Media: room.MediaPatch{Audio: &yes, Screen: &yes}}, {Media: room.MediaPatch{Screen: &no}},
		} {
			if _, err := h.Update(h.t.Context(), at, patch); err != nil {
				t.Fatal(err)
			}
		}
		e.hears("Ana updated", "Ana updated")
		peer, err := h.Update(h.t.Context(), at, room.Patch{})
		if want := (room.Media{Audio: true}); err != nil || peer.Media != want {
			t.Errorf("%+v, %v", peer, err)
		}
		if name, err := h.Name(context.Background(), at); name != "Ana" || err != nil {
			t.Errorf("%q, %v", name, err)
		}
	})
}
