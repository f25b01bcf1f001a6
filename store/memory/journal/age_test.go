package journal

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestTimeWithoutAServerDoesNotCount: events are kept for so long as somebody could read them, however long the server was
// down, and however often.
func TestTimeWithoutAServerDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		h.step("r", some(0), "first")
		at := h.rooms["r"].Log[0].AtMsec
		time.Sleep(40 * time.Minute)
		h.step("r", nil, "second")
		for _, body := range []string{"third", "fourth"} {
			time.Sleep(10 * time.Hour)
			h = open(t, h.abandoned())
			if n := len(h.rooms["r"].Log); n < 2 || h.rooms["r"].Log[0].AtMsec != at {
				t.Fatalf("before the %s: %s", body, told(h.rooms))
			}
			if h.rooms["r"].Newest < time.Now().UnixMilli() {
				t.Fatal("what follows could be older than what is kept")
			}
			time.Sleep(time.Minute)
			h.step("r", nil, body)
		}
		time.Sleep(10 * time.Hour)
		h = open(t, h.abandoned())
		h.is("42 min old", map[string]string{"r": told(h.rooms)["r"]})
		if n := len(h.rooms["r"].Log); n != 4 {
			t.Fatalf("%d events", n)
		}

		time.Sleep(30 * time.Minute) // which make the first 72 min old
		h.step("r", nil, "fifth")
		time.Sleep(10 * time.Hour)
		h = open(t, h.abandoned())
		if log := h.rooms["r"].Log; len(log) != 4 || string(log[0].Body) != "second" {
			t.Fatalf("after the retention: %s", told(h.rooms))
		}
	})
}

// TestSegmentsVanishWithTheRetention: once it is past, nothing of an event is on the disk, and a journal that is not written
// to does not write either.
func TestSegmentsVanishWithTheRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		h.step("r", some(1), "one")
		turn := func() {
			t.Helper()
			if begun, err := h.j.Rotate(); err != nil {
				t.Fatal(err)
			} else if begun {
				h.carry("r")
				h.j.Complete()
			}
			if err := h.j.Expire(time.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			turn()
			time.Sleep(time.Minute)
			h.step("r", nil, "more")
		}
		turn()
		if names := files(t, h.dir); len(names) != 5 {
			t.Fatalf("before the retention: %v", names)
		}
		time.Sleep(time.Hour + time.Second)
		turn()
		names := files(t, h.dir)
		if len(names) != 1 {
			t.Fatalf("after the retention: %v", names)
		}
		time.Sleep(10 * time.Hour)
		turn()
		if again := files(t, h.dir); len(again) != 1 || again[0] != names[0] {
			t.Fatalf("without news %v became %v", names, again)
		}
		room := open(t, h.abandoned()).rooms["r"]
		if room.Seq != 4 || room.Epoch != h.rooms["r"].Epoch || string(room.State.Data) != "state 1" || len(room.Log) != 0 {
			t.Fatalf("the room is %+v", room)
		}
	})
}

// TestASegmentStaysUntilAnotherHasAllRooms, however old it is.
func TestASegmentStaysUntilAnotherHasAllRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, t.TempDir())
		h.step("r", some(1), "one")
		h.step("s", some(2))
		for range 3 {
			if begun, err := h.j.Rotate(); err != nil || !begun {
				t.Fatal(begun, err)
			}
			h.carry("s")
			time.Sleep(2 * time.Hour)
			if err := h.j.Expire(time.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
			if names := files(t, h.dir); len(names) != 2 {
				t.Fatalf("there are %v", names)
			}
			open(t, h.abandoned()).is("meanwhile", told(h.rooms))
		}
		h.carry("r", "s")
		h.j.Complete()
		if err := h.j.Expire(time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if names := files(t, h.dir); len(names) != 1 {
			t.Fatalf("there are %v", names)
		}
	})
}
