package journal

import (
	"errors"
	"os"
	"testing"

	"yodel/store"
)

// TestAWriteThatFailsLeavesNothingBehind has a disk that is full in the middle of a record, wherever that is, with and without
// a file that can be cut.
func TestAWriteThatFailsLeavesNothingBehind(t *testing.T) {
	for _, uncut := range []bool{false, true} {
		for _, room := range []int{0, 1, frameHead - 1, frameHead, frameHead + 1, 40} {
			h := open(t, t.TempDir())
			h.step("r", some(1), "first")
			f := &failing{File: h.j.file.(*os.File), room: room, uncut: uncut}
			h.j.file = f
			want := told(h.rooms)
			if err := h.try("r", some(2), "refused"); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, errDisk) {
				t.Fatalf("with room for %d bytes: %v", room, err)
			}
			h.is("after a refusal", want)
			if info, err := f.Stat(); err != nil || info.Size() != h.j.size && !uncut {
				t.Fatalf("the file has %d bytes, of which %d are records, %v", info.Size(), h.j.size, err)
			}
			open(t, h.abandoned()).is("killed while the disk is full", want)

			f.room = 1 << 20
			err := h.try("r", nil, "still refused")
			if uncut != errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("cannot be cut: %v, and the next write got %v", uncut, err)
			}
			f.uncut = false
			h.step("r", some(3), "second")
			want = told(h.rooms)
			open(t, h.abandoned()).is("killed after that", want)
			if f.cuts != 1 {
				t.Fatalf("it was cut %d times", f.cuts)
			}
		}
	}
}

func TestNothingIsWrittenAfterTheEnd(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "first")
	if err := h.j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.try("r", nil, "late"); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if err := h.j.Close(); err != nil {
		t.Fatalf("closed twice: %v", err)
	}
}

// TestWritingTakesNoMemory: it is on the way of every message.
func TestWritingTakesNoMemory(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "first")
	room := h.rooms["r"]
	record := &store.Record{Event: store.Event{From: "a", To: "b", MessageID: "m", Type: "word", Body: make([]byte, 1500)}, Seq: room.Seq + 1}
	records := []*store.Record{record}
	if allocs := testing.AllocsPerRun(100, func() {
		if err := h.j.Write(&Step{Room: "r", Epoch: room.Epoch, After: room.Seq, At: 1, Records: records}); err != nil {
			t.Fatal(err)
		}
	}); allocs > 0 {
		t.Errorf("%v allocations per record", allocs)
	}
}
