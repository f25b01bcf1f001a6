package memory_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"yodel/store"
	"yodel/store/memory"
	"yodel/store/storetest"
)

func reopen(t testing.TB, opts memory.Options) *memory.Store {
	t.Helper()
	s, err := memory.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContractWithAJournal(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return reopen(t, memory.Options{Retention: time.Hour, MaxLogBytes: 64 << 10, Dir: t.TempDir()})
	})
}

func TestDurability(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T, dir string) store.Store {
		return reopen(t, memory.Options{Retention: time.Hour, Dir: dir})
	})
}

// TestKilledWhileSegmentsChange kills processes that begin a new segment all the time.
func TestKilledWhileSegmentsChange(t *testing.T) {
	storetest.RunKilled(t, func(t *testing.T, dir string) store.Store {
		s := reopen(t, memory.Options{Retention: time.Hour, Dir: dir})
		if storetest.Doomed() {
			go func() {
				for range time.Tick(time.Millisecond) {
					if err := s.CarryOn(); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		return s
	}, 10, 5000)
}

// TestRoomsThatAreFreedAreNotCarriedOn: neither in the journal for long nor by the next process.
func TestRoomsThatAreFreedAreNotCarriedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		opts := memory.Options{Retention: 2 * time.Minute, Dir: dir}
		s := reopen(t, opts)
		storetest.Seat(t, s, "stays", "a")
		for i := range 1000 {
			room := fmt.Sprint("room-", i)
			storetest.Seat(t, s, room, "a")
			say(t, s, room, "a", "m", 2<<10)
			storetest.Seat(t, s, room)
		}
		time.Sleep(5 * time.Minute)
		if s.Rooms() != 1 {
			t.Fatalf("%d rooms are held", s.Rooms())
		}
		if n := reopen(t, memory.Options{Retention: 2 * time.Minute, Dir: copyOf(t, dir)}).Rooms(); n != 1 {
			t.Fatalf("another process has %d", n)
		}
		time.Sleep(5 * time.Minute)
		if size := sizeOf(t, dir); size > 1<<10 {
			t.Fatalf("the journal of one room has %d bytes", size)
		}
	})
}

// TestTheJournalIsNoLongerThanTheRetention has much said for a long time.
func TestTheJournalIsNoLongerThanTheRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := reopen(t, memory.Options{Retention: time.Minute, Dir: dir})
		start := storetest.Seat(t, s, "r", "a")
		for n := range 3000 { // 10 KiB/s
			say(t, s, "r", "a", fmt.Sprint(n), 1<<10)
			time.Sleep(100 * time.Millisecond)
			if n%600 == 599 {
				if size := sizeOf(t, dir); size < 600<<10 || size > 3*600<<10 {
					t.Fatalf("after %d min the journal has %d bytes", n/600+1, size)
				}
			}
		}
		again := reopen(t, memory.Options{Retention: time.Minute, Dir: copyOf(t, dir)})
		if _, err := again.Read(t.Context(), "r", start, 10); !errors.Is(err, store.ErrPositionLost) {
			t.Fatalf("what is past retention: %v", err)
		}
		if kept, err := again.Read(t.Context(), "r", store.Position{Epoch: start.Epoch, Seq: 3000 - 590}, 1000); err != nil || len(kept) != 590 {
			t.Fatalf("of the last minute: %d events, %v", len(kept), err)
		}
	})
}

// TestTimeWithoutAServerIsNoTimeToRead: the retention goes on where it was.
func TestTimeWithoutAServerIsNoTimeToRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := memory.Options{Retention: 2 * time.Minute, Dir: t.TempDir()}
		s := reopen(t, opts)
		start := storetest.Seat(t, s, "r", "a")
		first := say(t, s, "r", "a", "m1", 10)
		time.Sleep(time.Minute)
		second := say(t, s, "r", "a", "m2", 10)
		opts.Dir = copyOf(t, opts.Dir)
		time.Sleep(time.Hour)

		s = reopen(t, opts)
		third := say(t, s, "r", "a", "m3", 10)
		time.Sleep(time.Minute - time.Second)
		if got, err := s.Read(t.Context(), "r", start, 10); err != nil || len(got) != 3 || got[0].AtMsec != first.AtMsec {
			t.Fatalf("within the retention: %d events, %v", len(got), err)
		}
		if again := say(t, s, "r", "a", "m1", 10); again.Seq != first.Seq {
			t.Fatal("a repeat within the retention was not recognised")
		}
		time.Sleep(32 * time.Second)
		if _, err := s.Read(t.Context(), "r", start, 10); !errors.Is(err, store.ErrPositionLost) {
			t.Fatalf("the first is past retention: %v", err)
		}
		if got, err := s.Read(t.Context(), "r", first.Position(), 10); err != nil || len(got) != 2 || got[0].Seq != second.Seq || got[1].Seq != third.Seq {
			t.Fatalf("the others are not: %d events, %v", len(got), err)
		}
	})
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func sizeOf(t *testing.T, dir string) (size int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return size
}
