package journal

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"yodel/store"
)

// house is a journal with what it should know, kept beside it as plainly as can be.
type house struct {
	t     testing.TB
	dir   string
	j     *Journal
	rooms map[string]*Room

	opened uint64 // the segment that Open wrote
	least  int64  // and how long it was then
}

func open(t testing.TB, dir string) *house {
	t.Helper()
	j, rooms, _, err := Open(dir, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	h := &house{t: t, dir: dir, j: j, rooms: map[string]*Room{}, opened: j.number, least: j.size}
	for _, room := range rooms {
		h.rooms[room.Name] = room
	}
	return h
}

// step writes one down and has the house know it.
func (h *house) step(name string, state *store.State, texts ...string) {
	h.t.Helper()
	if err := h.try(name, state, texts...); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) try(name string, state *store.State, texts ...string) error {
	room := h.rooms[name]
	if room == nil {
		room = &Room{Name: name, Epoch: store.NewEpoch(name)}
	}
	s := &Step{Room: name, Epoch: room.Epoch, After: room.Seq, At: max(room.Newest, time.Now().UnixMilli()), State: state}
	for i, text := range texts {
		e := store.Event{From: "a", MessageID: text, Type: "word", Body: []byte(text)}
		s.Records = append(s.Records, &store.Record{Event: e, Epoch: s.Epoch, Seq: s.After + uint64(i) + 1, AtMsec: s.At})
	}
	if err := h.j.Write(s); err != nil {
		return err
	}
	h.rooms[name] = room
	room.take(s)
	return nil
}

func (h *house) free(name string) {
	h.t.Helper()
	if err := h.j.Free(name, h.rooms[name].Epoch); err != nil {
		h.t.Fatal(err)
	}
	delete(h.rooms, name)
}

// carry writes the states of rooms down again, in the newest segment.
func (h *house) carry(names ...string) {
	h.t.Helper()
	for _, name := range names {
		room := h.rooms[name]
		if err := h.j.Carry(&Step{Room: name, Epoch: room.Epoch, After: room.Seq, At: room.Newest, State: &room.State}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// rotate begins a new segment with the states of all rooms.
func (h *house) rotate() {
	h.t.Helper()
	if begun, err := h.j.Rotate(); err != nil || !begun {
		h.t.Fatalf("rotate: %v, %v", begun, err)
	}
	h.carry(slices.Collect(maps.Keys(h.rooms))...)
	h.j.Complete()
}

// abandoned is the directory as it is now, for who comes after a process that is killed.
func (h *house) abandoned() string {
	h.t.Helper()
	to := h.t.(interface{ TempDir() string }).TempDir()
	if err := os.CopyFS(to, os.DirFS(h.dir)); err != nil {
		h.t.Fatal(err)
	}
	return to
}

// told is a room but for what a restart may change.
func told(rooms map[string]*Room) map[string]string {
	all := map[string]string{}
	for name, r := range rooms {
		text := fmt.Sprintf("%s %d %q %q:", r.Epoch, r.Seq, r.State.Seats, r.State.Data)
		for _, record := range r.Log {
			text += fmt.Sprintf(" %s@%d=%q", record.Position(), record.AtMsec, record.Body)
		}
		all[name] = text
	}
	return all
}

func (h *house) is(what string, want map[string]string) {
	h.t.Helper()
	if got := told(h.rooms); !reflect.DeepEqual(got, want) {
		h.t.Fatalf("%s:\ngot  %v\nwant %v", what, got, want)
	}
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return names
}

// some is a state that tells which one it is.
func some(n int) *store.State {
	return &store.State{Seats: []string{"a", strconv.Itoa(n)}, Data: fmt.Appendf(nil, "state %d", n)}
}

var errDisk = errors.New("the disk is full")

// failing is a file that takes so many bytes more and then fails; it may refuse to be cut, too.
type failing struct {
	*os.File
	room  int
	uncut bool
	cuts  int
}

func (f *failing) WriteAt(p []byte, off int64) (int, error) {
	if len(p) <= f.room {
		f.room -= len(p)
		return f.File.WriteAt(p, off)
	}
	n, _ := f.File.WriteAt(p[:f.room], off)
	f.room = 0
	return n, errDisk
}

func (f *failing) Truncate(size int64) error {
	if f.uncut {
		return errDisk
	}
	f.cuts++
	return f.File.Truncate(size)
}
