package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"yodel/store"
)

// smallDisk is a directory with room for so many bytes and no more.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a disk of this test's own needs root, and the fast part does without; the whole run does not")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Fatalf("a disk of this test's own cannot be mounted, which needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestAFullDiskIsStartedOn: a process that is killed when its disk is full is followed by one that goes on as it did.
func TestAFullDiskIsStartedOn(t *testing.T) {
	for _, segments := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d segments", segments), func(t *testing.T) {
			dir := smallDisk(t, 1<<20)
			h := open(t, dir)
			for n := 1; ; n++ {
				if n < segments*8 && n%8 == 0 {
					h.rotate()
				}
				if err := h.try("r", some(n), fmt.Sprint(n, strings.Repeat("x", 20<<10))); errors.Is(err, store.ErrUnavailable) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			h.step("r", nil, "a last word, for which there is room")
			want := told(h.rooms)

			next := open(t, dir)
			next.is("killed while the disk is full", want)
			if _, err := os.Stat(filepath.Join(dir, temporary)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something is left of the try to write it anew: %v", err)
			}
			next.step("r", nil, "what little there is room for")
			want = told(next.rooms)
			open(t, next.abandoned()).is("with room again", want)
			next.rotate() // its states fit
			open(t, dir).is("killed once more", want)
		})
	}
}

// TestAnotherBootOfAFullDisk: what was closed in peace is not taken for lost, nor is what follows.
func TestAnotherBootOfAFullDisk(t *testing.T) {
	dir := smallDisk(t, 1<<20)
	h := open(t, dir)
	for n := 1; h.try("r", some(n), fmt.Sprint(n, strings.Repeat("x", 20<<10))) == nil; n++ {
		if n > 100 {
			t.Fatal("the disk is not full")
		}
	}
	want := told(h.rooms)
	if err := h.j.Close(); err != nil {
		t.Fatal(err)
	}
	next := openIn(t, dir, "another boot")
	next.is("after it", want)
	next.step("r", nil, "said after it")
	want = told(next.rooms)
	openIn(t, next.abandoned(), "another boot").is("killed", want)
}

func openIn(t *testing.T, dir, boot string) *house {
	t.Helper()
	j := &Journal{dir: dir, boot: boot}
	rooms, report, err := j.open(time.Hour)
	if err != nil || report.Lost {
		t.Fatalf("%+v, %v", report, err)
	}
	t.Cleanup(func() { _ = j.Close() })
	h := &house{t: t, dir: dir, j: j, rooms: map[string]*Room{}}
	for _, room := range rooms {
		h.rooms[room.Name] = room
	}
	return h
}
