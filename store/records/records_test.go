package records_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yodel/store/records"
)

// stores are all there are; the promises below are tested on each.
var stores = map[string]func(t *testing.T) records.Store{
	"memory": func(*testing.T) records.Store { return records.InMemory() },
	"bolt": func(t *testing.T) records.Store {
		b, err := records.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return b
	},
}

// each runs test on every store, in a bubble where sleeping is free.
func each(t *testing.T, test func(t *testing.T, s records.Store)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				test(t, s)
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
				if err := s.Close(); err != nil {
					t.Errorf("close again: %v", err)
				}
			})
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantRoom(t *testing.T, s records.Store, want records.Room) {
	t.Helper()
	got, err := s.Room(want.ID)
	if err != nil {
		t.Errorf("%s: %v", want.ID, err)
		return
	}
	if !got.CreatedAt.Equal(want.CreatedAt) || !got.ExpiresAt.Equal(want.ExpiresAt) {
		t.Errorf("%s: times %v and %v", want.ID, got.CreatedAt, got.ExpiresAt)
	}
	got.CreatedAt, got.ExpiresAt = want.CreatedAt, want.ExpiresAt
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func wantNoRoom(t *testing.T, s records.Store, id string) {
	t.Helper()
	if r, err := s.Room(id); !errors.Is(err, records.ErrNotFound) || r != (records.Room{}) {
		t.Errorf("%s: %+v, %v", id, r, err)
	}
}

func wantRevoked(t *testing.T, s records.Store, peer string, want bool) {
	t.Helper()
	if got, err := s.Revoked(peer); err != nil || got != want {
		t.Errorf("%s revoked: %v, %v", peer, got, err)
	}
}

func kitchen(now time.Time) records.Room {
	return records.Room{ID: "kitchen", Generation: "g1", PasscodeHash: "$argon2id$…", CallCapacity: 4, CreatedAt: now}
}

func TestARoomIsKeptUntilItIsDeleted(t *testing.T) {
	each(t, func(t *testing.T, s records.Store) {
		r := kitchen(time.Now())
		wantNoRoom(t, s, r.ID)
		must(t, s.AddRoom(r))
		wantRoom(t, s, r)
		wantNoRoom(t, s, "Kitchen")
		time.Sleep(1000 * time.Hour)
		must(t, s.Purge(time.Now()))
		wantRoom(t, s, r)
		if n := s.CountRooms(); n != 1 {
			t.Errorf("%d rooms", n)
		}
		must(t, s.DeleteRoom(r.ID))
		must(t, s.DeleteRoom(r.ID))
		wantNoRoom(t, s, r.ID)
		if n := s.CountRooms(); n != 0 {
			t.Errorf("%d rooms after the last was deleted", n)
		}
	})
}

func TestARoomOfTheSameNameIsRefusedUntilTheFirstHasExpired(t *testing.T) {
	each(t, func(t *testing.T, s records.Store) {
		first := kitchen(time.Now())
		first.ExpiresAt = time.Now().Add(time.Minute)
		second := first
		second.Generation, second.PasscodeHash, second.ExpiresAt = "g2", "", time.Time{}
		must(t, s.AddRoom(first))
		time.Sleep(time.Minute - 1)
		if err := s.AddRoom(second); !errors.Is(err, records.ErrExists) {
			t.Errorf("while the first lives: %v", err)
		}
		wantRoom(t, s, first)
		time.Sleep(time.Nanosecond)
		wantNoRoom(t, s, first.ID)
		must(t, s.AddRoom(second))
		wantRoom(t, s, second)
		if n := s.CountRooms(); n != 1 {
			t.Errorf("%d rooms", n)
		}
	})
}

func TestARevocationLastsUntilItsEnd(t *testing.T) {
	each(t, func(t *testing.T, s records.Store) {
		wantRevoked(t, s, "ann", false)
		now := time.Now()
		must(t, s.Revoke("ann", now.Add(time.Hour)))
		must(t, s.Revoke("bob", now.Add(time.Hour)))
		must(t, s.Revoke("bob", now.Add(2*time.Hour)))
		must(t, s.Revoke("bob", now.Add(time.Minute))) // the later one counts
		wantRevoked(t, s, "ann", true)
		wantRevoked(t, s, "an", false)
		time.Sleep(time.Until(now.Add(time.Hour)) - 1)
		wantRevoked(t, s, "ann", true)
		time.Sleep(time.Nanosecond)
		wantRevoked(t, s, "ann", false)
		wantRevoked(t, s, "bob", true)
		must(t, s.Purge(time.Now()))
		wantRevoked(t, s, "bob", true)
		time.Sleep(time.Hour)
		wantRevoked(t, s, "bob", false)
	})
}

func TestPurgeForgetsWhatIsOver(t *testing.T) {
	each(t, func(t *testing.T, s records.Store) {
		now := time.Now()
		for i := range 20 {
			r := kitchen(now)
			r.ID = fmt.Sprint("room", i)
			if i%2 == 0 {
				r.ExpiresAt = now.Add(time.Hour)
			}
			must(t, s.AddRoom(r))
			must(t, s.Revoke(r.ID, now.Add(time.Hour)))
		}
		must(t, s.Purge(now.Add(time.Hour-1)))
		if n := s.CountRooms(); n != 20 {
			t.Errorf("%d rooms before any expired", n)
		}
		must(t, s.Purge(now.Add(time.Hour)))
		if n := s.CountRooms(); n != 10 {
			t.Errorf("%d rooms, want 10", n)
		}
		for i := range 20 {
			wantRevoked(t, s, fmt.Sprint("room", i), false)
		}
		wantNoRoom(t, s, "room0")
		if _, err := s.Room("room1"); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSecretStaysTheSameAndIsNobodyElses(t *testing.T) {
	each(t, func(t *testing.T, s records.Store) {
		secret := s.Secret()
		if len(secret) != 32 || bytes.Equal(secret, make([]byte, 32)) || bytes.Equal(secret, records.InMemory().Secret()) {
			t.Error("not 32 random bytes")
		}
		before := bytes.Clone(secret)
		clear(secret)
		if !bytes.Equal(s.Secret(), before) {
			t.Error("a caller changed the secret")
		}
	})
}

func TestOfManyWhoMakeARoomAtOnceOneDoes(t *testing.T) {
	each(t, func(t *testing.T, s records.Store) {
		var all sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for i := range 8 {
			all.Go(func() {
				r := kitchen(time.Now())
				r.Generation = fmt.Sprint(i)
				switch err := s.AddRoom(r); {
				case err == nil:
					mu.Lock()
					made++
					mu.Unlock()
				case !errors.Is(err, records.ErrExists):
					t.Error(err)
				}
				if err := s.Revoke(r.Generation, time.Now().Add(time.Hour)); err != nil {
					t.Error(err)
				}
				wantRevoked(t, s, r.Generation, true)
			})
		}
		all.Wait()
		if made != 1 || s.CountRooms() != 1 {
			t.Errorf("made %d times, %d rooms", made, s.CountRooms())
		}
	})
}
