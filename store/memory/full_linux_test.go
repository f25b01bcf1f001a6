package memory_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"yodel/store"
	"yodel/store/memory"
	"yodel/store/storetest"
)

// TestAFullDiskChangesNothing: what cannot be written down does not happen, and nobody hears of it; it is logged once.
func TestAFullDiskChangesNothing(t *testing.T) {
	dir, log := t.TempDir(), &bytes.Buffer{}
	s := reopen(t, memory.Options{Retention: time.Hour, Dir: dir, Log: slog.New(slog.NewTextHandler(log, nil))})
	start := storetest.Seat(t, s, "r", "a")
	say(t, s, "r", "a", "m1", 10)
	before, err := s.Load(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := s.Watch(t.Context(), "r", func() { t.Error("somebody was woken") })
	if err != nil {
		t.Fatal(err)
	}
	free := storetest.FillDisk(t, dir)
	for range 3 {
		if _, err := s.Append(t.Context(), "r", []store.Event{{From: "a", MessageID: "m2"}}); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("append: %v", err)
		}
		if _, err := s.Update(t.Context(), "r", func(store.Snapshot) (store.Change, error) {
			return store.Change{Events: []store.Event{{Type: "all left"}}}, nil
		}); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("update: %v", err)
		}
		if again := say(t, s, "r", "a", "m1", 10); again.Seq != 1 { // needs no writing
			t.Fatalf("a repeat got %d", again.Seq)
		}
	}
	after, err := s.Load(t.Context(), "r")
	if err != nil || after.Last != before.Last || len(after.State.Seats) != 1 {
		t.Fatalf("the room is %+v, was %+v, %v", after, before, err)
	}
	if records, err := s.Read(t.Context(), "r", start, 10); err != nil || len(records) != 1 {
		t.Fatalf("%d events, %v", len(records), err)
	}
	stop()
	free()
	if record := say(t, s, "r", "a", "m2", 10); record.Seq != 2 {
		t.Fatalf("said again it got %d", record.Seq)
	}
	if failed, well := strings.Count(log.String(), "level=ERROR"), strings.Count(log.String(), "written again"); failed != 1 || well != 1 {
		t.Errorf("the log says:\n%s", log)
	}
}
