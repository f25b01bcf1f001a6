package memory_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"yodel/store"
	"yodel/store/memory"
	"yodel/store/storetest"
)

// TestTheTimeOfDayIsNoAge sets the clock while events are kept: whichever way, they are kept for as long as ever, by this
// process and the next.
func TestTheTimeOfDayIsNoAge(t *testing.T) {
	for name, by := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour, "a little": time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				opts := memory.Options{Retention: 20 * time.Second, Dir: dir}
				set, now := settable()
				s := reopen(t, opts.By(now))
				start := storetest.Seat(t, s, "r", "a")
				say(t, s, "r", "a", "1", 10)
				time.Sleep(2 * time.Second)
				set(by)
				say(t, s, "r", "a", "2", 10)
				time.Sleep(8 * time.Second)
				say(t, s, "r", "a", "3", 10)
				keeps(t, s, start, 3)
				opts.Dir = copyOf(t, dir)
				next := reopen(t, opts) // whose clock was set, or was not: it counts from the newest event
				keeps(t, next, start, 3)
				time.Sleep(9 * time.Second) // the first is 19 s old
				keeps(t, s, start, 3)
				time.Sleep(9 * time.Second) // and the second 26
				goneUpTo(t, s, start, 2)
				goneUpTo(t, next, start, 2)
				time.Sleep(20 * time.Second)
				goneUpTo(t, s, start, 3)
			})
		})
	}
}

// settable is a time of day that can be set, by so much from what it was in the beginning.
func settable() (set func(by time.Duration), now func() time.Time) {
	var by atomic.Int64
	return func(d time.Duration) { by.Store(int64(d)) }, func() time.Time { return time.Now().Add(time.Duration(by.Load())).Round(0) }
}

func keeps(t *testing.T, s *memory.Store, start store.Position, n int) {
	t.Helper()
	if kept, err := s.Read(t.Context(), "r", start, 10); err != nil || len(kept) != n {
		t.Fatalf("%d events, %v", len(kept), err)
	}
}

func goneUpTo(t *testing.T, s *memory.Store, start store.Position, n uint64) {
	t.Helper()
	for seq := range n + 1 {
		_, err := s.Read(t.Context(), "r", store.Position{Epoch: start.Epoch, Seq: start.Seq + seq}, 10)
		if gone := errors.Is(err, store.ErrPositionLost); gone != (seq < n) {
			t.Fatalf("position %d: %v", seq, err)
		}
	}
}

// TestALogIsNotFullForEverAfterTheClockWasSetBack: what is past retention makes room.
func TestALogIsNotFullForEverAfterTheClockWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, now := settable()
		s := memory.New(memory.Options{Retention: 20 * time.Second, MaxLogBytes: 100 << 10}.By(now))
		defer s.Close()
		storetest.Seat(t, s, "r", "a")
		set(-time.Hour)
		for range 50 {
			say(t, s, "r", "a", "", 10<<10)
			time.Sleep(3 * time.Second)
		}
	})
}
