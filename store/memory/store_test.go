package memory_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"yodel/store"
	"yodel/store/memory"
	"yodel/store/storetest"
)

func open(t testing.TB, opts memory.Options) *memory.Store {
	s := memory.New(opts)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, memory.Options{Retention: time.Hour, MaxLogBytes: 64 << 10})
	})
}

func say(t testing.TB, s store.Store, room, from, id string, size int) *store.Record {
	t.Helper()
	records, err := s.Append(context.Background(), room, []store.Event{{From: from, MessageID: id, Body: make([]byte, size)}})
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return records[0]
}

func TestEventsAreKeptForTheRetentionAndNotMuchLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, memory.Options{Retention: 2 * time.Minute})
		start := storetest.Seat(t, s, "r", "a")
		first := say(t, s, "r", "a", "m1", 10)

		time.Sleep(2*time.Minute - time.Second)
		if got, err := s.Read(t.Context(), "r", start, 10); err != nil || len(got) != 1 {
			t.Fatalf("within the retention: %d events, %v", len(got), err)
		}
		if again := say(t, s, "r", "a", "m1", 10); again.Seq != first.Seq {
			t.Fatal("a repeat within the retention was not recognised")
		}

		time.Sleep(time.Minute)
		if _, err := s.Read(t.Context(), "r", start, 10); !errors.Is(err, store.ErrPositionLost) {
			t.Fatalf("after the retention: %v, want ErrPositionLost", err)
		}
		at := store.Position{Epoch: start.Epoch, Seq: first.Seq}
		if got, err := s.Read(t.Context(), "r", at, 10); err != nil || len(got) != 0 {
			t.Fatalf("a reader that had everything: %d events, %v", len(got), err)
		}
		if again := say(t, s, "r", "a", "m1", 10); again.Seq != first.Seq+1 {
			t.Fatalf("a message id is remembered longer than its event: %d", again.Seq)
		}
	})
}

func TestALongLogIsTrimmedWhileItGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, memory.Options{Retention: time.Minute, MaxLogBytes: 1 << 20})
		start := storetest.Seat(t, s, "r", "a")
		for range 5000 { // 10 KiB/s: ten times what the log holds goes through it
			say(t, s, "r", "a", "", 1<<10)
			time.Sleep(100 * time.Millisecond)
		}
		if _, err := s.Read(t.Context(), "r", start, 1); !errors.Is(err, store.ErrPositionLost) {
			t.Fatalf("nothing was trimmed: %v", err)
		}
	})
}

func TestAnIdleRoomIsFreedAndItsPositionsAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, memory.Options{Retention: 2 * time.Minute})
		old := storetest.Seat(t, s, "r", "a")
		time.Sleep(time.Hour)
		if s.Rooms() != 1 {
			t.Fatal("a room with a seat was freed")
		}
		storetest.Seat(t, s, "r")
		time.Sleep(time.Minute)
		if s.Rooms() != 1 {
			t.Fatal("the room was freed before the retention was over")
		}
		time.Sleep(4 * time.Minute)
		if s.Rooms() != 0 {
			t.Fatal("an idle room was kept")
		}
		if fresh := storetest.Seat(t, s, "r", "a"); fresh.Epoch == old.Epoch {
			t.Fatal("the new log cannot be told from the old one")
		}
		if _, err := s.Read(t.Context(), "r", old, 1); !errors.Is(err, store.ErrPositionLost) {
			t.Fatalf("old position: %v", err)
		}
	})
}

func TestNamesAreTheRoomsThatAreHeld(t *testing.T) {
	s := open(t, memory.Options{Retention: time.Hour})
	storetest.Seat(t, s, "one", "a")
	storetest.Seat(t, s, "two", "a")
	names, err := s.Names(t.Context())
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"one", "two"}) {
		t.Fatalf("%v, %v", names, err)
	}
}

func TestAWatchedRoomIsNotFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, memory.Options{Retention: time.Minute})
		stop, err := s.Watch(t.Context(), "r", func() {})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if s.Rooms() != 1 {
			t.Fatal("a watched room was freed")
		}
		stop()
		time.Sleep(time.Hour)
		if s.Rooms() != 0 {
			t.Fatal("the room was kept after the last watcher")
		}
	})
}

func TestMemoryIsBoundedUnderAnEndlessStreamOfRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, memory.Options{Retention: time.Minute, MaxLogBytes: 8 << 20})
		heap := func() uint64 {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		pass := func(round int) {
			for i := range 2000 {
				room := fmt.Sprintf("room-%d-%d", round, i)
				storetest.Seat(t, s, room, "a")
				say(t, s, room, "a", "m", 2<<10)
				storetest.Seat(t, s, room)
			}
			time.Sleep(2 * time.Minute)
		}
		pass(0)
		before := heap()
		for round := range 10 { // 40 MB of events in 20,000 rooms
			pass(round + 1)
		}
		if s.Rooms() != 0 {
			t.Fatalf("%d idle rooms are kept", s.Rooms())
		}
		if after := heap(); after > before+8<<20 {
			t.Fatalf("the heap grew from %d to %d bytes", before, after)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkAppend(b, open(b, memory.Options{Retention: time.Second})) })
	b.Run("journal", func(b *testing.B) {
		benchmarkAppend(b, reopen(b, memory.Options{Retention: time.Second, Dir: b.TempDir()}))
	})
}

func benchmarkAppend(b *testing.B, s store.Store) {
	storetest.Seat(b, s, "r", "a", "b")
	body := make([]byte, 1500)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Append(b.Context(), "r", []store.Event{{From: "a", To: "b", Body: body}}); err != nil {
			b.Fatal(err)
		}
	}
}
