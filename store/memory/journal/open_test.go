package journal

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestOpenMayBeKilledAnywhere stops the writing of the new segment, and then each step of putting it in the place of the
// others.
func TestOpenMayBeKilledAnywhere(t *testing.T) {
	h := open(t, t.TempDir())
	h.step("r", some(1), "one")
	h.step("gone", some(1), "one")
	h.rotate()
	h.step("r", nil, "two", "three")
	h.free("gone")
	h.rotate()
	h.step("s", some(2), "four")
	want, old := told(h.rooms), h.abandoned()
	segmentsBefore := files(t, old)

	done := h.abandoned()
	open(t, done).is("in peace", want)
	made := files(t, done)
	if len(segmentsBefore) != 3 || len(made) != 1 {
		t.Fatalf("%v became %v", segmentsBefore, made)
	}
	whole, err := os.ReadFile(filepath.Join(done, made[0]))
	if err != nil {
		t.Fatal(err)
	}
	stage := func(name string, text []byte, without ...string) string {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(old)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range without {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, size := range []int{0, 1, len(whole) / 2, len(whole) - 1, len(whole)} {
		dir := stage(temporary, whole[:size])
		open(t, dir).is(fmt.Sprintf("with %d bytes of the new segment", size), want)
		if left := files(t, dir); len(left) != 1 || left[0] != made[0] {
			t.Fatalf("left behind is %v", left)
		}
	}
	open(t, stage(made[0], whole)).is("renamed", want)
	for i := range segmentsBefore {
		open(t, stage(made[0], whole, segmentsBefore[:i+1]...)).is("the oldest removed", want)
		open(t, stage(made[0], whole, segmentsBefore[i])).is("one removed", want)
	}
}

// TestAnyMomentOfALife does things at random, and after each has another process begin with what there is on the disk,
// sometimes without the end of it.
func TestAnyMomentOfALife(t *testing.T) {
	for range 4 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel() // it mostly waits for the disk
			liveAtRandom(t, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

func liveAtRandom(t *testing.T, random *rand.Rand) {
	h := open(t, t.TempDir())
	var uncarried []string // of the segment that has begun, rooms whose state is not in it
	past := []map[string]string{told(h.rooms)}
	for n := range 60 {
		name := fmt.Sprint("room-", random.IntN(4))
		switch known := h.rooms[name] != nil; random.IntN(8) {
		case 0, 1:
			h.step(name, some(n), fmt.Sprint("u", n))
		case 2:
			if known {
				h.free(name)
			}
		case 3:
			if begun, err := h.j.Rotate(); err != nil {
				t.Fatal(err)
			} else if begun {
				uncarried = keys(h.rooms)
			}
		case 4:
			for len(uncarried) > random.IntN(3) {
				if h.rooms[uncarried[0]] != nil {
					h.carry(uncarried[0])
				}
				uncarried = uncarried[1:]
			}
			if len(uncarried) == 0 {
				h.j.Complete()
			}
		case 5:
			h = open(t, h.abandoned())
			uncarried = nil
		default:
			if known {
				h.step(name, nil, fmt.Sprint("a", n), fmt.Sprint("b", n))
			}
		}
		now := told(h.rooms)
		past = append(past, now)
		open(t, h.abandoned()).is("killed now", now)
		if random.IntN(4) == 0 {
			survivor := open(t, shortened(t, h, random))
			wasOnce(t, told(survivor.rooms), past)
		}
	}
}

func keys(rooms map[string]*Room) []string {
	var names []string
	for name := range rooms {
		names = append(names, name)
	}
	return names
}

// shortened cuts a piece off the newest segment, but not off what Open wrote, which was whole before it counted.
func shortened(t *testing.T, h *house, random *rand.Rand) string {
	dir := h.abandoned()
	names := files(t, dir)
	path := filepath.Join(dir, names[len(names)-1])
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	least := int64(0)
	if names[len(names)-1] == filepath.Base(segmentPath(dir, h.opened)) {
		least = h.least
	}
	if err := os.Truncate(path, least+random.Int64N(info.Size()-least+1)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// wasOnce holds what is left against the past: each room is as it was at some moment, none is a mixture.
func wasOnce(t *testing.T, got map[string]string, past []map[string]string) {
	t.Helper()
	for name, room := range got {
		found := false
		for _, moment := range past {
			found = found || moment[name] == room
		}
		if !found {
			t.Fatalf("%s never was %s", name, room)
		}
	}
}

func TestOnlyTheOwnerMayLook(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	h := open(t, dir)
	h.step("r", some(1), "one")
	h.rotate()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[entry.IsDir()]; err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAJournalOfAnotherKindIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	frame := appendText(append(beginFrame(nil), kindHeader), "yodel journal 9")
	endFrame(frame)
	path := segmentPath(dir, 7)
	if err := os.WriteFile(path, frame, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := Open(dir, time.Hour); err == nil {
		t.Error("it was taken for ours")
	}
	if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, frame) {
		t.Errorf("it is %q now, %v", text, err)
	}
}
