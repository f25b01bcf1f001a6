// Package storetest is the contract of store.Store as tests. A new promise is added here before any backend keeps it.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"yodel/store"
)

// Run proves a backend. open returns an empty store that ends with the test; it keeps events for an hour and its log
// limit is 64 KiB.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for sentence, check := range map[string]func(*testing.T, store.Store){
		"events are read in the order of their append":              ordered,
		"a repeated message id returns the first record":            repeats,
		"an append is all or none":                                  allOrNone,
		"who has no seat neither sends nor is sent to":              seats,
		"an update changes state and appends events in one step":    updates,
		"a refused update changes nothing":                          refusedUpdate,
		"the log refuses what it cannot hold":                       fullLog,
		"a position that was never given out is lost":               lostPositions,
		"reading stops at the limit and goes on from there":         limits,
		"a watcher is woken after each change until it stops":       watching,
		"every reader sees one order while many write":              oneOrder,
		"leaving and being sent to do not overlap":                  leavingIsAtomic,
		"unknown rooms are told from empty ones":                    unknownRooms,
		"rooms do not see each other's events and have own epochs":  separateRooms,
		"a repeat is known even after its recipient has left again": repeatAfterLeave,
	} {
		t.Run(sentence, func(t *testing.T) { check(t, open(t)) })
	}
}

var ctx = context.Background()

// Seat gives the room these seats and leaves its data alone.
func Seat(t testing.TB, s store.Store, room string, seats ...string) store.Position {
	t.Helper()
	snapshot, err := s.Update(ctx, room, func(old store.Snapshot) (store.Change, error) {
		return store.Change{State: store.State{Seats: seats, Data: old.State.Data}}, nil
	})
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	return snapshot.Last
}

func event(from, to, id, body string) store.Event {
	return store.Event{From: from, To: to, MessageID: id, Type: "word", Body: []byte(body)}
}

func appended(t *testing.T, s store.Store, room string, events ...store.Event) []*store.Record {
	t.Helper()
	records, err := s.Append(ctx, room, events)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return records
}

func bodies(t *testing.T, s store.Store, room string, after store.Position) []string {
	t.Helper()
	records, err := s.Read(ctx, room, after, 1000)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	var texts []string
	for _, record := range records {
		texts = append(texts, string(record.Body))
	}
	return texts
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func ordered(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a", "b")
	first := appended(t, s, "r", event("a", "", "", "1"), event("a", "b", "", "2"))
	appended(t, s, "r", event("b", "a", "", "3"))
	equal(t, "bodies", bodies(t, s, "r", start), []string{"1", "2", "3"})
	if first[1].Seq != first[0].Seq+1 || first[0].AtMsec == 0 {
		t.Fatalf("records are not numbered in order: %+v", first)
	}
}

func repeats(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a", "b")
	first := appended(t, s, "r", event("a", "b", "m1", "one"))
	again := appended(t, s, "r", event("a", "b", "m1", "other words"), event("a", "b", "m2", "two"))
	other := appended(t, s, "r", event("b", "a", "m1", "three")) // the same id of another sender is another message
	equal(t, "bodies", bodies(t, s, "r", start), []string{"one", "two", "three"})
	if again[0].Seq != first[0].Seq || string(again[0].Body) != "one" || other[0].Seq == first[0].Seq {
		t.Fatalf("repeat got %+v, first was %+v", again[0], first[0])
	}
}

func repeatAfterLeave(t *testing.T, s store.Store) {
	Seat(t, s, "r", "a", "b")
	first := appended(t, s, "r", event("a", "b", "m1", "one"))
	Seat(t, s, "r", "a")
	again := appended(t, s, "r", event("a", "b", "m1", "one"))
	if again[0].Seq != first[0].Seq {
		t.Fatalf("repeat got %d, first was %d", again[0].Seq, first[0].Seq)
	}
}

func allOrNone(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a", "b")
	_, err := s.Append(ctx, "r", []store.Event{event("a", "b", "", "1"), event("a", "nobody", "", "2")})
	var seat *store.SeatError
	if !errors.As(err, &seat) || seat.Index != 1 || seat.Peer != "nobody" || seat.Sender {
		t.Fatalf("got %v, want the second recipient named", err)
	}
	equal(t, "bodies", bodies(t, s, "r", start), nil)
}

func seats(t *testing.T, s store.Store) {
	Seat(t, s, "r", "a")
	var seat *store.SeatError
	if _, err := s.Append(ctx, "r", []store.Event{event("x", "", "", "1")}); !errors.As(err, &seat) || !seat.Sender {
		t.Fatalf("a sender without a seat got %v", err)
	}
	if _, err := s.Append(ctx, "r", []store.Event{event("a", "x", "", "1")}); !errors.As(err, &seat) || seat.Sender {
		t.Fatalf("a recipient without a seat got %v", err)
	}
}

func updates(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a")
	after, err := s.Update(ctx, "r", func(old store.Snapshot) (store.Change, error) {
		if old.State.Data != nil || !slices.Equal(old.State.Seats, []string{"a"}) || old.Last != start {
			t.Errorf("given to fn: %+v", old)
		}
		return store.Change{State: store.State{Seats: []string{"a", "b"}, Data: []byte("d")},
			Events: []store.Event{event("", "", "", "joined"), event("", "", "", "rung")}}, nil
	})
	if err != nil || string(after.State.Data) != "d" || after.Last.Seq != start.Seq+2 {
		t.Fatalf("update gave %+v, %v", after, err)
	}
	loaded, err := s.Load(ctx, "r")
	if err != nil || string(loaded.State.Data) != "d" || loaded.Last != after.Last {
		t.Fatalf("load gave %+v, %v", loaded, err)
	}
	equal(t, "bodies", bodies(t, s, "r", start), []string{"joined", "rung"})
}

func refusedUpdate(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a")
	refusal := errors.New("no")
	_, err := s.Update(ctx, "r", func(store.Snapshot) (store.Change, error) {
		return store.Change{Events: []store.Event{event("", "", "", "x")}}, refusal
	})
	if !errors.Is(err, refusal) {
		t.Fatalf("got %v", err)
	}
	loaded, _ := s.Load(ctx, "r")
	equal(t, "seats", loaded.State.Seats, []string{"a"})
	equal(t, "bodies", bodies(t, s, "r", start), nil)
}

func fullLog(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a")
	big := string(make([]byte, 20<<10))
	appended(t, s, "r", event("a", "", "m1", big), event("a", "", "", big))
	if _, err := s.Append(ctx, "r", []store.Event{event("a", "", "", big), event("a", "", "", big)}); !errors.Is(err, store.ErrLogFull) {
		t.Fatalf("got %v, want ErrLogFull", err)
	}
	if got := len(bodies(t, s, "r", start)); got != 2 {
		t.Fatalf("%d events after a refusal, want the 2 acknowledged", got)
	}
	appended(t, s, "r", event("a", "", "", big))
	if _, err := s.Append(ctx, "r", []store.Event{event("a", "", "", big)}); !errors.Is(err, store.ErrLogFull) {
		t.Fatalf("got %v, want ErrLogFull", err)
	}
	appended(t, s, "r", event("a", "", "m1", big)) // a repeat takes no room
}

func lostPositions(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a")
	last := appended(t, s, "r", event("a", "", "", "1"))[0]
	for name, position := range map[string]store.Position{
		"beyond the end": {Epoch: start.Epoch, Seq: last.Seq + 1},
		"another epoch":  {Epoch: store.NewEpoch("r"), Seq: 0},
		"nothing":        {},
	} {
		if _, err := s.Read(ctx, "r", position, 10); !errors.Is(err, store.ErrPositionLost) {
			t.Errorf("%s: got %v, want ErrPositionLost", name, err)
		}
	}
	equal(t, "at the end", bodies(t, s, "r", store.Position{Epoch: start.Epoch, Seq: last.Seq}), nil)
}

func limits(t *testing.T, s store.Store) {
	at := Seat(t, s, "r", "a")
	var want, got []string
	for i := range 10 {
		body := fmt.Sprint(i)
		want = append(want, body)
		appended(t, s, "r", event("a", "", "", body))
	}
	for len(got) < len(want) {
		records, err := s.Read(ctx, "r", at, 3)
		if err != nil || len(records) == 0 || len(records) > 3 {
			t.Fatalf("read gave %d records, %v", len(records), err)
		}
		for _, record := range records {
			got, at.Seq = append(got, string(record.Body)), record.Seq
		}
	}
	equal(t, "bodies", got, want)
}

func watching(t *testing.T, s store.Store) {
	Seat(t, s, "r", "a")
	woken := make(chan struct{}, 100)
	stop, err := s.Watch(ctx, "r", func() { woken <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	appended(t, s, "r", event("a", "", "", "1"))
	<-woken
	stop()
	second := make(chan struct{}, 100)
	stopSecond, _ := s.Watch(ctx, "r", func() { second <- struct{}{} })
	defer stopSecond()
	appended(t, s, "r", event("a", "", "", "2"))
	<-second
	if len(woken) != 0 {
		t.Fatal("woken after stop")
	}
}

func oneOrder(t *testing.T, s store.Store) {
	const writers, each = 4, 50
	start := Seat(t, s, "r", "w0", "w1", "w2", "w3")
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if _, err := s.Append(ctx, "r", []store.Event{event(fmt.Sprint("w", w), "", "", fmt.Sprint(w, " ", i))}); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	read := func() []string {
		var got []string
		for at := start; len(got) < writers*each; {
			records, err := s.Read(ctx, "r", at, 7)
			if err != nil {
				t.Errorf("read: %v", err)
				return got
			}
			for _, record := range records {
				if record.Seq != at.Seq+1 {
					t.Errorf("hole: %d follows %d", record.Seq, at.Seq)
				}
				got, at.Seq = append(got, string(record.Body)), record.Seq
			}
		}
		return got
	}
	var orders [2][]string
	for i := range orders {
		writing.Go(func() { orders[i] = read() })
	}
	writing.Wait()
	equal(t, "second reader", orders[1], orders[0])
	next := [writers]int{}
	for _, body := range orders[0] {
		var w, i int
		_, _ = fmt.Sscan(body, &w, &i)
		if next[w] != i {
			t.Fatalf("writer %d: event %d where %d was due", w, i, next[w])
		}
		next[w]++
	}
}

// leavingIsAtomic: whatever was acknowledged lies in the log before the leaving of its recipient.
func leavingIsAtomic(t *testing.T, s store.Store) {
	start := Seat(t, s, "r", "a", "b")
	var sending sync.WaitGroup
	sending.Go(func() {
		for {
			if _, err := s.Append(ctx, "r", []store.Event{event("a", "b", "", "to b")}); err != nil {
				return
			}
		}
	})
	_, err := s.Update(ctx, "r", func(store.Snapshot) (store.Change, error) {
		return store.Change{State: store.State{Seats: []string{"a"}}, Events: []store.Event{event("", "", "", "b left")}}, nil
	})
	sending.Wait()
	if err != nil {
		t.Fatal(err)
	}
	all := bodies(t, s, "r", start)
	if all[len(all)-1] != "b left" {
		t.Fatalf("after b left came %q", all[len(all)-1])
	}
}

func unknownRooms(t *testing.T, s store.Store) {
	if _, err := s.Load(ctx, "none"); !errors.Is(err, store.ErrRoomNotFound) {
		t.Errorf("load: %v", err)
	}
	if _, err := s.Read(ctx, "none", store.Position{}, 1); !errors.Is(err, store.ErrRoomNotFound) {
		t.Errorf("read: %v", err)
	}
	if _, err := s.Append(ctx, "none", []store.Event{event("a", "", "", "1")}); !errors.Is(err, store.ErrRoomNotFound) {
		t.Errorf("append: %v", err)
	}
}

func separateRooms(t *testing.T, s store.Store) {
	one, two := Seat(t, s, "one", "a"), Seat(t, s, "two", "a")
	appended(t, s, "one", event("a", "", "m", "1"))
	appended(t, s, "two", event("a", "", "m", "2"))
	equal(t, "bodies", bodies(t, s, "two", two), []string{"2"})
	if one.Epoch == two.Epoch || !one.Of("one") || one.Of("two") {
		t.Fatalf("epochs %q and %q", one.Epoch, two.Epoch)
	}
}
