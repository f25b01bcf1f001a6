package room_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/room"
	"yodel/store"
)

// hooked is a store that calls back, once each time it is told to.
type hooked struct {
	store.Store
	afterUpdate atomic.Pointer[func()] // after the next Update
	afterRead   atomic.Pointer[func()] // after the next Read that finds nothing
}

func (s *hooked) Update(ctx context.Context, name string, fn func(store.Snapshot) (store.Change, error)) (store.Snapshot, error) {
	snapshot, err := s.Store.Update(ctx, name, fn)
	if hook := s.afterUpdate.Swap(nil); hook != nil {
		(*hook)()
	}
	return snapshot, err
}

func (s *hooked) Read(ctx context.Context, name string, after store.Position, limit int) ([]*store.Record, error) {
	records, err := s.Store.Read(ctx, name, after, limit)
	if len(records) == 0 {
		if hook := s.afterRead.Swap(nil); hook != nil {
			(*hook)()
		}
	}
	return records, err
}

// hook puts s between the service and its store.
func hook(s *hooked) func(*parts) {
	return func(p *parts) {
		p.store = func(inner store.Store) store.Store {
			s.Store = inner
			return s
		}
	}
}

// TestARequestAtTheVeryMomentOfExpiry comes when the seat is taken already and its owner still known.
func TestARequestAtTheVeryMomentOfExpiry(t *testing.T) {
	s := &hooked{}
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		ana.listen("")
		sent := make(chan error, 1)
		request := func() {
			go func() {
				_, err := bob.send(note("still here", nil))
				sent <- err
			}()
			for range 1000 { // the request is on its way by then; it may have to wait for what happens here
				runtime.Gosched()
			}
		}
		s.afterUpdate.Store(&request)
		time.Sleep(31 * time.Second)
		is(t, "the request", <-sent, nil)
		if h.count("r") != 2 {
			t.Errorf("%d seats are taken", h.count("r"))
		}
	}, hook(s))
}

func TestARoomWhoseTimeIsOverCloses(t *testing.T) {
	inBubble(t, func(h *house) {
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Expires: time.Hour})
		is(t, "create", err, nil)
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		anas, bobs := ana.listen(""), bob.listen("")
		poll, err := bob.tryListen(room.Poll, "")
		is(t, "poll", err, nil)
		time.Sleep(time.Hour - instant)
		synctest.Wait()
		if anas.hears(); anas.bye() != "" {
			t.Fatal("the room closes early")
		}
		time.Sleep(instant)
		synctest.Wait()
		for _, e := range []*ear{anas, bobs, poll} {
			if e.bye() != room.GoodbyeLeft {
				t.Errorf("%s is told %q", e.m.Name, e.bye())
			}
			e.Close()
		}
		if h.count("r") != 0 {
			t.Errorf("%d seats are taken", h.count("r"))
		}
		is(t, "a token of the closed room", ana.request(), room.ErrStale)
		_, err = h.Describe(h.t.Context(), "r")
		is(t, "the closed room", err, room.ErrNotFound)
	})
}

// TestWhoComesAfterTheRoomsTimeStays joins rooms at the moment they close: some before they are cleared, some after.
func TestWhoComesAfterTheRoomsTimeStays(t *testing.T) {
	inBubble(t, func(h *house) {
		rooms := make([]string, 100)
		for i := range rooms {
			rooms[i] = fmt.Sprint("r", i)
			_, err := h.Create(h.t.Context(), room.CreateRequest{Room: rooms[i], Expires: time.Hour})
			is(t, "create", err, nil)
			h.join(rooms[i], "Ana").listen("")
		}
		time.Sleep(time.Hour)
		var ears []*ear
		for _, r := range rooms {
			ears = append(ears, h.join(r, "Bob").listen(""))
		}
		synctest.Wait()
		for i, e := range ears {
			if e.bye() != "" || h.count(rooms[i]) != 1 {
				t.Errorf("%s: Bob is told %q, %d seats are taken", rooms[i], e.bye(), h.count(rooms[i]))
			}
		}
	})
}
