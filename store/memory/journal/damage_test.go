package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yodel/store"
)

// newest is the path of the segment that grows.
func newest(t *testing.T, dir string) string {
	t.Helper()
	names := files(t, dir)
	return filepath.Join(dir, names[len(names)-1])
}

func change(t *testing.T, path string, how func(text []byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRubbishAtTheEndIsCut: whatever it is, what was written whole before it counts.
func TestRubbishAtTheEndIsCut(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "one")
	h.step("r", nil, "two")
	want := told(h.rooms)
	for name, rubbish := range map[string]string{
		"zeros": strings.Repeat("\x00", 5000), "text": strings.Repeat("rubbish", 1000), "a lie": "\xff\xff\xff\x7f    ",
		"one byte": "x", "an empty frame": "\x00\x00\x00\x00\x00\x00\x00\x00", "a wrong sum": "\x01\x00\x00\x00\x01\x02\x03\x04E",
	} {
		dir := h.abandoned()
		change(t, newest(t, dir), func(text []byte) []byte { return append(text, rubbish...) })
		again := open(t, dir)
		again.is(name, want)
		again.step("r", nil, "three")
		open(t, again.abandoned()).is("after "+name, told(again.rooms))
	}
}

// TestDamageInTheMiddleBeginsNewLogs: where a record is unreadable and more follow, readers have seen places that would be
// given out again.
func TestDamageInTheMiddleBeginsNewLogs(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "one")
	before := h.j.size
	h.step("r", some(2), "two")
	after := h.j.size
	h.step("r", some(3), "three")
	for at := before; at < after; at++ {
		dir := h.abandoned()
		change(t, newest(t, dir), func(text []byte) []byte {
			text[at] ^= 0x40
			return text
		})
		again := open(t, dir)
		room := again.rooms["r"]
		if room.Epoch == h.rooms["r"].Epoch || len(room.Log) != 0 || string(room.State.Data) != "state 1" || room.Seq != 1 {
			t.Fatalf("with byte %d changed: %s", at-before, told(again.rooms))
		}
	}
}

// TestWhatASegmentLostIsNoSilentGap: without a segment in the middle, what came before the hole is not there either.
func TestWhatASegmentLostIsNoSilentGap(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "one")
	h.rotate()
	h.step("r", nil, "two")
	h.rotate()
	h.step("r", nil, "three")
	dir := h.abandoned()
	if err := os.Remove(filepath.Join(dir, files(t, dir)[1])); err != nil {
		t.Fatal(err)
	}
	room := open(t, dir).rooms["r"]
	if room.Epoch == h.rooms["r"].Epoch || len(room.Log) != 0 || string(room.State.Data) != "state 1" {
		t.Fatalf("the room is %+v", room)
	}
}

// TestAHoleDropsWhatCameBefore: the log ends up without holes, so that a reader who is before one learns of it.
func TestAHoleDropsWhatCameBefore(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "one")
	h.step("s", nil, "unknown before it spoke")
	room := h.rooms["r"]
	room.Seq += 5 // five events that nobody wrote down
	h.step("r", nil, "seven", "eight")
	again := open(t, h.abandoned()).rooms
	if got := again["r"]; got.Seq != 8 || len(got.Log) != 2 || string(got.Log[0].Body) != "seven" || got.Epoch != room.Epoch {
		t.Fatalf("the room is %+v", got)
	}
	if got := again["s"]; got == nil || got.Seq != 1 || len(got.Log) != 1 {
		t.Fatalf("the other room is %+v", got)
	}
}

// TestAfterALossOfPowerLogsBeginAnew: another boot id, and nobody said that all was on the disk.
func TestAfterALossOfPowerLogsBeginAnew(t *testing.T) {
	life := func(t *testing.T, boot, next string, inPeace bool) (before, after *Room) {
		dir := t.TempDir()
		j := &Journal{dir: dir, boot: boot}
		if _, _, err := j.open(time.Hour); err != nil {
			t.Fatal(err)
		}
		h := &house{t: t, dir: dir, j: j, rooms: map[string]*Room{}}
		h.step("r", some(1), "one")
		h.rotate()
		h.step("r", nil, "two")
		if inPeace {
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		k := &Journal{dir: h.abandoned(), boot: next}
		rooms, _, err := k.open(time.Hour)
		if err != nil || len(rooms) != 1 {
			t.Fatal(rooms, err)
		}
		t.Cleanup(func() { _ = k.Close(); _ = j.Close() })
		return h.rooms["r"], rooms[0]
	}
	for name, c := range map[string]struct {
		boot, next string
		inPeace    bool
		same       bool
	}{
		"killed":                      {"boot 1", "boot 1", false, true},
		"no power":                    {"boot 1", "boot 2", false, false},
		"stopped, and then no power":  {"boot 1", "boot 2", true, true},
		"killed, and nobody can tell": {"", "", false, true},
		"a disk moved to a machine that does not tell": {"boot 1", "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := life(t, c.boot, c.next, c.inPeace)
			if string(after.State.Data) != "state 1" || after.Seq != before.Seq {
				t.Errorf("the room is %+v", after)
			}
			if same := after.Epoch == before.Epoch && len(after.Log) == 2; same != c.same {
				t.Errorf("epoch %s with %d events, was %s with %d", after.Epoch, len(after.Log), before.Epoch, len(before.Log))
			}
			if !c.same && (len(after.Log) != 0 || after.Epoch == before.Epoch || !store.Position{Epoch: after.Epoch}.Of("r")) {
				t.Errorf("not a new log: %+v", after)
			}
		})
	}
}

// TestARoomThatWasMadeAgainIsTheNewOne, whether the journal says that the old one was freed, and when.
func TestARoomThatWasMadeAgainIsTheNewOne(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "one", "two")
	old := h.rooms["r"]
	delete(h.rooms, "r")
	h.step("r", &store.State{Seats: []string{"b"}}, "three")
	want := told(h.rooms)
	open(t, h.abandoned()).is("not told", want)
	if err := h.j.Free("r", old.Epoch); err != nil {
		t.Fatal(err)
	}
	open(t, h.abandoned()).is("told late", want)
	h.free("r")
	open(t, h.abandoned()).is("freed as well", map[string]string{})
}
