package room_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/call"
	"yodel/server/room"
	"yodel/store"
)

// TestARestartedServerGoesOn has the process die in mid-call, with something said that nobody has heard yet.
func TestARestartedServerGoesOn(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		h.join("other", "Cyd")
		e := ana.listen("")
		c := bob.mustRing(ana)
		active := ana.accept(c)
		e.heard()
		position := e.Position().String()
		bob.say("last words")
		h.die()
		time.Sleep(20 * time.Second)
		h.restart()

		if peers, rooms, _ := h.Stats(); peers != 3 || rooms != 2 {
			t.Errorf("%d peers in %d rooms", peers, rooms)
		}
		_, err := bob.send(note("and another", ana)) // who has not come back yet
		is(t, "send", err, nil)
		e = ana.listen(position)
		if !e.hello.Resumed || len(e.hello.Peers) != 2 || e.hello.Call == nil || e.hello.Call.Revision != active.Revision {
			t.Errorf("Ana is told %+v", e.hello)
		}
		e.hears(`Bob: note "last words"`, `Bob: note "and another"`)
		if again := ana.accept(c); again.Revision != active.Revision {
			t.Errorf("a repeated accept leads to %+v", again)
		}
		bob.mustAct(c.ID, call.Hangup{Peer: bob.Peer})
		e.hears("call ended hangup, Ana accepted")
	})
}

// TestLeasesRunFromTheRestart looks just before each lease is over, and when it is.
func TestLeasesRunFromTheRestart(t *testing.T) {
	for name, c := range map[string]struct {
		before func(ana, bob *member)
		lease  time.Duration // Ana's
	}{
		"in no call":     {func(_, _ *member) {}, 30 * time.Second},
		"a participant":  {func(ana, bob *member) { ana.accept(bob.mustRing(ana)) }, 120 * time.Second},
		"in a past call": {func(ana, bob *member) { c := bob.mustRing(ana); bob.mustAct(c.ID, call.Hangup{Peer: bob.Peer}) }, 30 * time.Second},
		"who was away":   {func(ana, _ *member) { ana.goAway() }, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *house) {
				ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
				c.before(ana, bob)
				h.die()
				time.Sleep(5 * time.Minute) // the store must not free what has seats
				h.restart()
				e := bob.listen("")
				time.Sleep(c.lease - instant)
				synctest.Wait()
				if e.heard(); h.count("r") != 2 {
					t.Fatal("the lease is over early")
				}
				time.Sleep(instant)
				synctest.Wait()
				if words := e.heard(); h.count("r") != 1 || len(words) == 0 || words[len(words)-1] != "Ana left expired" {
					t.Errorf("%d seats are taken, Bob hears %q", h.count("r"), words)
				}
				is(t, "coming back", ana.request(), nil)
				e.hears("Ana joined")
			})
		})
	}
}

// TestACallRingsOnAfterARestart looks when its time is over, which is counted from its beginning.
func TestACallRingsOnAfterARestart(t *testing.T) {
	const ring, down = 45 * time.Second, 20 * time.Second
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.mustRing(bob)
		time.Sleep(10 * time.Second)
		h.die()
		time.Sleep(down)
		h.restart()
		e := bob.listen("")
		time.Sleep(ring - 10*time.Second - down - instant)
		synctest.Wait()
		e.hears()
		time.Sleep(instant)
		synctest.Wait()
		e.hears("call ended timeout, Bob ringing")
	})
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		c := ana.mustRing(bob)
		h.die()
		time.Sleep(ring - instant)
		h.restart()
		if after := bob.accept(c); after.State != call.StateActive {
			t.Errorf("accepted in the last moment it is %+v", after)
		}
		time.Sleep(time.Second)
		if after, err := bob.findCall(c.ID); err != nil || after.State != call.StateActive {
			t.Errorf("then it is %+v, %v", after, err)
		}
	})
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		position := bob.joined.LastEventID
		c := ana.mustRing(bob)
		h.die()
		time.Sleep(ring)
		h.restart()
		bob.listen(position).hears("Bob joined", "call ringing, Bob ringing", "call ended timeout, Bob ringing")
		_, err := bob.act(c.ID, call.Accept{Peer: bob.Peer})
		is(t, "accept", err, call.ErrOver)
	})
}

// TestACallRingsNoLongerForAClockThatWasSetBack has a call from the future.
func TestACallRingsNoLongerForAClockThatWasSetBack(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		c := ana.mustRing(bob)
		h.die()
		h.rewrite("r", c.CreatedAt.Format(call.TimeLayout), c.CreatedAt.Add(time.Hour).Format(call.TimeLayout))
		h.restart()
		bob.listen("")
		time.Sleep(45 * time.Second)
		synctest.Wait()
		if after, err := bob.findCall(c.ID); err != nil || after.Reason != call.ReasonTimeout {
			t.Errorf("it is %+v, %v", after, err)
		}
	})
}

func TestAfterARestartEverythingIsFreedWhenPeopleLeave(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		for i := range 3000 {
			h.join(fmt.Sprint("crowd", i), "Cyd")
		}
		ana.mustRing(bob)
		h.die()
		h.restart()
		if peers, rooms, _ := h.Stats(); peers != 3002 || rooms != 3001 {
			t.Errorf("%d peers in %d rooms", peers, rooms)
		}
		e := ana.listen("")
		ana.leave()
		bob.leave()
		e.Close()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if peers, rooms, _ := h.Stats(); peers != 0 || rooms != 0 {
			t.Errorf("%d peers and %d rooms are left", peers, rooms)
		}
		time.Sleep(5 * time.Minute)
		if h.events.Rooms() != 0 {
			t.Errorf("%d rooms are stored", h.events.Rooms())
		}
	})
}

// TestWhatARestoredRoomKnowsOfThoseWithoutASeat: it knows all that it ever did, so nobody is away for being old.
func TestWhatARestoredRoomKnowsOfThoseWithoutASeat(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob, cyd := h.join("r", "Ana"), h.join("r", "Bob"), h.join("r", "Cyd")
		cyd.leave()
		e := ana.listen("")
		time.Sleep(31 * time.Second)
		never := idOf(0)
		e.Close()
		h.die()
		time.Sleep(time.Second)
		h.restart()
		ana.listen("")
		for what, to := range map[string]struct {
			id   string
			want error
		}{
			"whose lease had run out": {bob.Peer, room.ErrPeerAway},
			"who had left":            {cyd.Peer, room.ErrPeerNotFound},
			"who never was there":     {never, room.ErrPeerNotFound},
		} {
			_, err := ana.send(note("hello?", &member{Member: room.Member{Peer: to.id}}))
			is(t, "a message to somebody "+what, err, to.want)
		}
		is(t, "coming back", bob.request(), nil)
		_, err := ana.send(note("welcome", bob))
		is(t, "a message to who came back", err, nil)
	}, atTheIDs)
}

// anew is a store that has lost some of what happened, and therefore began new logs.
type anew struct {
	store.Store
	epoch string // of all logs; "" before the loss
}

func (s *anew) begun(snapshot store.Snapshot) store.Snapshot {
	if s.epoch != "" {
		snapshot.Last.Epoch = s.epoch
	}
	return snapshot
}

func (s *anew) Load(ctx context.Context, name string) (store.Snapshot, error) {
	snapshot, err := s.Store.Load(ctx, name)
	return s.begun(snapshot), err
}

func (s *anew) Names(ctx context.Context) ([]string, error) { return s.Store.(store.Lister).Names(ctx) }

// TestARoomThatLostItsLogMayHaveForgottenSomebody: those whose joining was lost still have good tokens.
func TestARoomThatLostItsLogMayHaveForgottenSomebody(t *testing.T) {
	s := &anew{}
	inBubble(t, func(h *house) {
		ana, before := h.join("r", "Ana"), idOf(0)
		position := ana.joined.LastEventID
		time.Sleep(time.Second)
		h.die()
		s.epoch = store.NewEpoch("r")
		h.restart()
		if e := ana.listen(position); e.hello.Resumed || e.hello.Reason != "restart" {
			t.Errorf("Ana is told %+v", e.hello)
		}
		for id, want := range map[string]error{before: room.ErrPeerAway, idOf(time.Second): room.ErrPeerNotFound} {
			_, err := ana.send(note("hello?", &member{Member: room.Member{Peer: id}}))
			is(t, "a message to a peer made at "+id, err, want)
		}
	}, atTheIDs, func(p *parts) {
		p.store = func(inner store.Store) store.Store {
			s.Store = inner
			return s
		}
	})
}

// nameless is a store that cannot list its rooms.
type nameless struct{ store.Store }

// unlisted is a store that fails to.
type unlisted struct{ store.Store }

var errUnlisted = errors.New("no list")

func (unlisted) Names(context.Context) ([]string, error) { return nil, errUnlisted }

func TestAStoreThatCannotListItsRoomsHasNothingToRestore(t *testing.T) {
	h := build(t, func(p *parts) { p.store = func(s store.Store) store.Store { return nameless{s} } })
	ana := h.join("r", "Ana")
	h.die()
	h.restart()
	is(t, "coming back to a seat that nobody restored", ana.request(), nil)
	h = build(t, func(p *parts) { p.store = func(s store.Store) store.Store { return unlisted{s} } })
	is(t, "restore", h.Restore(t.Context()), errUnlisted)
	h = build(t)
	h.join("r", "Ana")
	h.die()
	h.open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	is(t, "restore when told to stop", h.Restore(ctx), context.Canceled)
}

// BenchmarkRestore is a start with 10,000 rooms of two, which ring each other.
func BenchmarkRestore(b *testing.B) {
	h := build(b, with(func(cfg *room.Config) { cfg.MaxRooms = 0 }))
	for i := range 10_000 {
		ana := h.join(fmt.Sprint("room", i), "Ana")
		ana.mustRing(h.join(fmt.Sprint("room", i), "Bob"))
	}
	for b.Loop() {
		h.die()
		h.restart()
	}
}
