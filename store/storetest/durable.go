package storetest

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"yodel/store"
)

// Reopen opens the store in a directory. It is closed at the end of the test at the latest, keeps events for an hour and
// is a store.Lister.
type Reopen func(t *testing.T, dir string) store.Store

// RunDurable proves that a store outlives its process. It is called by a test of the highest level, which runs again as the
// process that is killed.
func RunDurable(t *testing.T, open Reopen) {
	if asChild(t, open) {
		return
	}
	for sentence, check := range map[string]func(*testing.T, Reopen){
		"what was closed is there again":                       closedAndOpened,
		"what was not closed is there again":                   notClosed,
		"it goes on where it ended, again and again":           goesOn,
		"a record that was not written whole is as never made": torn,
		"an update without events is kept":                     stateAlone,
		"rooms that nobody used are not invented":              nothingKept,
	} {
		t.Run(sentence, func(t *testing.T) { check(t, open) })
	}
	t.Run("a process may be killed at any moment", func(t *testing.T) { RunKilled(t, open, 20, 400) })
}

// fill has a bit of everything happen.
func fill(t *testing.T, s store.Store) {
	t.Helper()
	Seat(t, s, "empty")
	Seat(t, s, "r", "a", "b")
	appended(t, s, "r", event("a", "b", "m1", "one"), event("b", "a", "m1", "two"), event("a", "", "", "three"))
	if _, err := s.Update(ctx, "r", func(store.Snapshot) (store.Change, error) {
		return store.Change{State: store.State{Seats: []string{"a", "b", "c"}, Data: []byte("\x00data\xff")},
			Events: []store.Event{event("", "", "", "c joined"), event("", "", "", "")}}, nil
	}); err != nil {
		t.Fatalf("update: %v", err)
	}
	appended(t, s, "r", event("a", "b", "m1", "one again"), event("c", "", "m2", "four")) // of which the first is there
	Seat(t, s, "other", "x")
	appended(t, s, "other", event("x", "", "m", string(make([]byte, 70<<10))))
}

// room is all there is to know of a room.
type room struct {
	snapshot store.Snapshot
	records  []*store.Record
}

func rooms(t *testing.T, s store.Store) map[string]room {
	t.Helper()
	names, err := s.(store.Lister).Names(ctx)
	if err != nil {
		t.Fatalf("names: %v", err)
	}
	all := map[string]room{}
	for _, name := range names {
		snapshot, err := s.Load(ctx, name)
		if err != nil {
			t.Fatalf("load %s: %v", name, err)
		}
		records, err := s.Read(ctx, name, store.Position{Epoch: snapshot.Last.Epoch}, 1<<20)
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		all[name] = room{snapshot, records}
	}
	return all
}

func same(t *testing.T, what string, got, want map[string]room) {
	t.Helper()
	if reflect.DeepEqual(got, want) {
		return
	}
	for name := range got {
		if _, known := want[name]; !known {
			t.Errorf("%s: room %s is new", what, name)
		}
	}
	for name, before := range want {
		after, there := got[name]
		switch {
		case !there:
			t.Errorf("%s: room %s is gone", what, name)
		case !reflect.DeepEqual(after.snapshot, before.snapshot):
			t.Errorf("%s: room %s is %+v, was %+v", what, name, after.snapshot, before.snapshot)
		case !reflect.DeepEqual(after.records, before.records):
			t.Errorf("%s: room %s has %d events, had %d, or other ones", what, name, len(after.records), len(before.records))
		}
	}
	t.FailNow()
}

func shut(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.(io.Closer).Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// copyOf is the directory as a process finds it that comes after one that is killed now.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func closedAndOpened(t *testing.T, open Reopen) {
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s)
	want := rooms(t, s)
	shut(t, s)
	same(t, "opened again", rooms(t, open(t, dir)), want)
}

func notClosed(t *testing.T, open Reopen) {
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s)
	same(t, "opened again", rooms(t, open(t, copyOf(t, dir))), rooms(t, s))
}

// goesOn has one process after the other say something, and repeat what was said before.
func goesOn(t *testing.T, open Reopen) {
	dir := t.TempDir()
	s := open(t, dir)
	start := Seat(t, s, "r", "a", "b")
	said := appended(t, s, "r", event("a", "b", "m", "first"))
	want := []string{"first"}
	for _, body := range []string{"1", "2", "3", "4", "5"} {
		dir = copyOf(t, dir)
		s := open(t, dir)
		for i, before := range said {
			if again := appended(t, s, "r", before.Event)[0]; !reflect.DeepEqual(again, before) {
				t.Fatalf("repeating message %d got %+v, first it was %+v", i, again, before)
			}
		}
		said = append(said, appended(t, s, "r", event("b", "", body, body))...)
		want = append(want, body)
		if last := said[len(said)-1].Position(); last != (store.Position{Epoch: start.Epoch, Seq: uint64(len(want))}) {
			t.Fatalf("message %d got the place %v", len(want), last)
		}
		equal(t, "bodies", bodies(t, s, "r", start), want)
	}
}

// torn cuts the last record short by one byte after the other.
func torn(t *testing.T, open Reopen) {
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s)
	before, sizes := rooms(t, s), sizesIn(t, dir)
	appended(t, s, "r", event("a", "b", "m9", "the last words"), event("a", "", "", "and more"))
	grew := false
	for path, size := range sizesIn(t, dir) {
		if size == sizes[path] {
			continue
		}
		grew = true
		for cut := sizes[path]; cut < size; cut++ {
			again := copyOf(t, dir)
			if err := os.Truncate(filepath.Join(again, path), cut); err != nil {
				t.Fatal(err)
			}
			survivor := open(t, again)
			same(t, "torn", rooms(t, survivor), before)
			if place := appended(t, survivor, "r", event("a", "b", "m9", "the last words"))[0]; place.Seq != before["r"].snapshot.Last.Seq+1 {
				t.Fatalf("what was said again got the place %v", place.Position())
			}
			shut(t, survivor)
		}
	}
	if !grew {
		t.Fatal("no file grew")
	}
	same(t, "whole", rooms(t, open(t, copyOf(t, dir))), rooms(t, s))
}

func sizesIn(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	sizes := map[string]int64{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		sizes[entry.Name()] = info.Size()
	}
	return sizes
}

func stateAlone(t *testing.T, open Reopen) {
	dir := t.TempDir()
	s := open(t, dir)
	Seat(t, s, "r", "a", "b")
	Seat(t, s, "r", "b")
	after, err := open(t, copyOf(t, dir)).Load(ctx, "r")
	if err != nil || !slices.Equal(after.State.Seats, []string{"b"}) {
		t.Fatalf("%+v, %v", after, err)
	}
}

func nothingKept(t *testing.T, open Reopen) {
	dir := t.TempDir()
	s := open(t, dir)
	if all := rooms(t, s); len(all) != 0 {
		t.Fatalf("a new directory has %v", all)
	}
	shut(t, s)
	if all := rooms(t, open(t, dir)); len(all) != 0 {
		t.Fatalf("an empty store has %v", all)
	}
}
