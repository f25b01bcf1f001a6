package room_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/call"
	"yodel/server/room"
	"yodel/store"
)

// full is a store that can keep nothing at times.
type full struct {
	store.Store
	now atomic.Bool
}

func (s *full) Update(ctx context.Context, name string, fn func(store.Snapshot) (store.Change, error)) (store.Snapshot, error) {
	return s.Store.Update(ctx, name, func(old store.Snapshot) (store.Change, error) {
		change, err := fn(old)
		if err == nil && s.now.Load() {
			err = store.ErrUnavailable
		}
		return change, err
	})
}

func (s *full) Names(ctx context.Context) ([]string, error) { return s.Store.(store.Lister).Names(ctx) }

// onFull is a house whose store may be full.
func onFull(s *full) func(*parts) {
	return func(p *parts) {
		p.store = func(inner store.Store) store.Store {
			s.Store = inner
			return s
		}
	}
}

// soon is by when everything has been tried again.
const soon = 6 * time.Second

// TestWhatTheStoreCouldNotKeepIsTriedAgain has the store full at the moment when something ends, and for a while after.
func TestWhatTheStoreCouldNotKeepIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(h *house, bob *member) // begins while the store is full
		want []string                    // what Ana hears once it no longer is
		bobs error                       // what Bob is answered meanwhile and after
	}{
		"a lease": {func(*house, *member) { time.Sleep(31 * time.Second) }, []string{"Bob left expired"}, nil},
		"leaving": {func(h *house, bob *member) {
			e := bob.listen("")
			at := bob.attend()
			is(h.t, "leave", h.Leave(h.t.Context(), at), nil)
			at.Done(false)
			if e.bye() != room.GoodbyeLeft {
				h.t.Errorf("Bob's stream is told %q", e.bye())
			}
			e.Close()
		}, []string{"Bob left left"}, room.ErrRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			s := &full{}
			inBubble(t, func(h *house) {
				ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
				e := ana.listen("")
				s.now.Store(true)
				c.end(h, bob)
				time.Sleep(time.Hour)
				if e.hears(); h.count("r") != 2 {
					t.Error("a seat is lost")
				}
				if c.bobs != nil {
					is(t, "a request of Bob while the store is full", bob.request(), c.bobs)
				}
				s.now.Store(false)
				time.Sleep(soon)
				synctest.Wait()
				e.hears(c.want...)
				is(t, "a request of Bob", bob.request(), c.bobs)
				ana.leave()
				e.Close()
				time.Sleep(31 * time.Second)
				synctest.Wait()
				if peers, rooms, _ := h.Stats(); peers != 0 || rooms != 0 {
					t.Errorf("%d peers and %d rooms are left", peers, rooms)
				}
			}, onFull(s))
		})
	}
}

// TestWhoComesBackWhileTheStoreIsFullStays has a request of somebody whose lease ran out, but whose seat could not be taken.
func TestWhoComesBackWhileTheStoreIsFullStays(t *testing.T) {
	s := &full{}
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen("")
		s.now.Store(true)
		time.Sleep(time.Minute) // the very moment of a further try
		is(t, "a request of Bob", bob.request(), nil)
		s.now.Store(false)
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if e.hears(); h.count("r") != 2 {
			t.Error("Bob has lost his seat")
		}
		time.Sleep(soon)
		synctest.Wait()
		e.hears("Bob left expired")
	}, onFull(s))
}

func TestARingTimeoutIsTriedAgain(t *testing.T) {
	s := &full{}
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.listen("")
		e := bob.listen("")
		c := ana.mustRing(bob)
		s.now.Store(true)
		time.Sleep(time.Minute)
		e.hears("call ringing, Bob ringing")
		s.now.Store(false)
		time.Sleep(soon)
		synctest.Wait()
		e.hears("call ended timeout, Bob ringing")

		s.now.Store(true)
		time.Sleep(time.Minute) // tries are over: the next call has a timer of its own
		s.now.Store(false)
		c = ana.mustRing(bob)
		time.Sleep(44 * time.Second)
		if now, err := bob.findCall(c.ID); err != nil || now.State != call.StateRinging {
			t.Errorf("the next call is %+v, %v", now, err)
		}
	}, onFull(s))
}

// TestARoomThatCannotBeClosedServesNobody has its people out at its time, though their seats can be taken only later.
func TestARoomThatCannotBeClosedServesNobody(t *testing.T) {
	s := &full{}
	inBubble(t, func(h *house) {
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Expires: time.Hour})
		is(t, "create", err, nil)
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen("")
		at := bob.attend()
		s.now.Store(true)
		time.Sleep(time.Hour)
		synctest.Wait()
		if e.bye() != room.GoodbyeLeft {
			t.Errorf("Ana is told %q", e.bye())
		}
		is(t, "a request", ana.request(), room.ErrStale)
		_, _, err = h.Subscribe(h.t.Context(), at, room.Stream, "", func() {})
		is(t, "a stream of a request that began before", err, room.ErrRevoked)
		at.Done(false)
		e.Close()
		s.now.Store(false)
		time.Sleep(soon)
		synctest.Wait()
		if peers, rooms, _ := h.Stats(); peers != 0 || rooms != 0 || h.count("r") != 0 {
			t.Errorf("%d peers and %d rooms are left, %d seats", peers, rooms, h.count("r"))
		}
	}, onFull(s))
}

// TestARestartOnAFullStore has the seats of those who left taken, and the call ended, once that can be kept.
func TestARestartOnAFullStore(t *testing.T) {
	s := &full{}
	inBubble(t, func(h *house) {
		ana, bob, cyd := h.join("r", "Ana"), h.join("r", "Bob"), h.join("r", "Cyd")
		ana.mustRing(cyd)
		position := ana.listen("").hello.LastEventID
		h.die()
		is(t, "revoke", h.records.Revoke(bob.Peer, time.Now().Add(time.Hour)), nil)
		time.Sleep(time.Minute)
		s.now.Store(true)
		h.restart()
		e := ana.listen(position)
		e.hears()
		is(t, "a request of Bob", bob.request(), room.ErrRevoked)
		s.now.Store(false)
		time.Sleep(soon)
		synctest.Wait()
		heard := map[string]bool{}
		for _, words := range e.heard() {
			heard[words] = true
		}
		if !heard["Bob left left"] || !heard["call ended timeout, Cyd ringing"] || len(heard) != 2 {
			t.Errorf("Ana hears %v", heard)
		}
	}, onFull(s))
}
