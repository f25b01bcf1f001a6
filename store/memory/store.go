// Package memory keeps rooms in the memory of this process, a lock for each, and where it is given a directory in a
// journal there as well, from which the next process has them again.
package memory

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"yodel/store"
	"yodel/store/memory/journal"
)

// Options bound what a Store holds.
type Options struct {
	Retention   time.Duration // how long an event is kept at least
	MaxLogBytes int           // what a room's log may hold; 0 for no limit
	Dir         string        // of the journal, for Open
	Log         *slog.Logger  // nil for none

	now func() time.Time // nil for time.Now
}

// Store implements store.Store, store.Counter and store.Lister.
type Store struct {
	opts    Options          // set once in New
	journal *journal.Journal // set once in Open; nil where nothing outlives the process
	failing atomic.Bool      // the journal could not be written the last time
	clock   *clock           // set once in New

	mu    sync.RWMutex
	rooms map[string]*room // guarded by mu

	stop  chan struct{}
	done  sync.WaitGroup
	close func() error // set once in New
}

var (
	_ store.Store   = (*Store)(nil)
	_ store.Counter = (*Store)(nil)
	_ store.Lister  = (*Store)(nil)
)

// New returns an empty store whose rooms end with it. Close stops its only goroutine, which frees old events and idle
// rooms.
func New(opts Options) *Store {
	s := prepare(opts)
	s.done.Go(s.sweepRegularly)
	return s
}

func prepare(opts Options) *Store {
	s := &Store{opts: opts, rooms: map[string]*room{}, clock: newClock(opts.now), stop: make(chan struct{})}
	if opts.Log == nil {
		s.opts.Log = slog.New(slog.DiscardHandler)
	}
	s.close = sync.OnceValue(func() error {
		close(s.stop)
		s.done.Wait()
		if s.journal == nil {
			return nil
		}
		return s.journal.Close()
	})
	return s
}

// Close stops the store's goroutine. What is stored is forgotten with a store from New; one from Open has it on the disk
// then, and changes nothing any more.
func (s *Store) Close() error { return s.close() }

// Rooms is how many rooms the store holds.
func (s *Store) Rooms() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.rooms)
}

// Names implements store.Lister.
func (s *Store) Names(context.Context) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Keys(s.rooms)), nil
}

// Update implements store.Store. fn runs once, under the room's lock.
func (s *Store) Update(_ context.Context, name string, fn func(store.Snapshot) (store.Change, error)) (store.Snapshot, error) {
	r := s.lockRoom(name, true)
	change, err := fn(r.snapshotLocked())
	if err != nil {
		r.mu.Unlock()
		return store.Snapshot{}, err
	}
	now := s.clock.now()
	if err := s.takeLocked(r, &change.State, change.Events, make([]*store.Record, len(change.Events)), now); err != nil {
		r.mu.Unlock()
		return store.Snapshot{}, err
	}
	r.trimLocked(s.horizon(now))
	snapshot, wakes := r.snapshotLocked(), r.wakesLocked(len(change.Events) > 0)
	r.mu.Unlock()
	wakeAll(wakes)
	return snapshot, nil
}

// Append implements store.Store.
func (s *Store) Append(_ context.Context, name string, events []store.Event) ([]*store.Record, error) {
	r := s.lockRoom(name, false)
	if r == nil {
		return nil, store.ErrRoomNotFound
	}
	now := s.clock.now()
	r.trimLocked(s.horizon(now))
	records := make([]*store.Record, len(events))
	if err := r.admitLocked(events, records, s.opts.MaxLogBytes); err != nil {
		r.mu.Unlock()
		return nil, err
	}
	before := r.seq
	if err := s.takeLocked(r, nil, events, records, now); err != nil {
		r.mu.Unlock()
		return nil, err
	}
	wakes := r.wakesLocked(r.seq > before)
	r.mu.Unlock()
	wakeAll(wakes)
	return records, nil
}

// takeLocked gives a room a new state, if not nil, and appends the events that have no record yet: in the journal first,
// so that no reader sees what may not be there after a restart.
func (s *Store) takeLocked(r *room, state *store.State, events []store.Event, records []*store.Record, now time.Time) error {
	at := max(r.newest, now.UnixMilli()) // a clock that is set back must not disturb the order of times
	lag := s.clock.lag(now, at)
	fresh := r.numberLocked(events, records, at)
	if s.journal != nil && (fresh || state != nil) {
		if err := s.write(r, state, records, at, lag); err != nil {
			return err
		}
	}
	if state != nil {
		r.setStateLocked(*state)
	}
	before := r.seq
	r.appendLocked(records)
	r.lags = r.lags.With(before, r.seq, lag)
	return nil
}

// horizon is the age beyond which events may go.
func (s *Store) horizon(now time.Time) int64 {
	return s.clock.age(now) - s.opts.Retention.Milliseconds()
}

// Load implements store.Store.
func (s *Store) Load(_ context.Context, name string) (store.Snapshot, error) {
	r := s.lockRoom(name, false)
	if r == nil {
		return store.Snapshot{}, store.ErrRoomNotFound
	}
	defer r.mu.Unlock()
	return r.snapshotLocked(), nil
}

// Read implements store.Store.
func (s *Store) Read(_ context.Context, name string, after store.Position, limit int) ([]*store.Record, error) {
	r := s.lockRoom(name, false)
	if r == nil {
		return nil, store.ErrRoomNotFound
	}
	defer r.mu.Unlock()
	return r.readLocked(after, limit)
}

// Watch implements store.Store.
func (s *Store) Watch(_ context.Context, name string, wake func()) (func(), error) {
	r := s.lockRoom(name, true)
	defer r.mu.Unlock()
	return r.watchLocked(wake), nil
}

// lockRoom returns the room, locked; nil where there is none and create is false.
func (s *Store) lockRoom(name string, create bool) *room {
	for {
		s.mu.RLock()
		r := s.rooms[name]
		s.mu.RUnlock()
		if r == nil && !create {
			return nil
		}
		if r == nil {
			r = s.createRoom(name)
		}
		r.mu.Lock()
		if !r.freed {
			return r
		}
		r.mu.Unlock() // freed between look-up and lock: look again
	}
}

func (s *Store) createRoom(name string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[name]; r != nil {
		return r
	}
	r := newRoom(name)
	s.rooms[r.name] = r
	return r
}

func wakeAll(wakes []*watcher) {
	for _, w := range wakes {
		w.wake()
	}
}
