// Package memory keeps rooms in the memory of this process, a lock for each.
package memory

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"yodel/store"
)

// Options bound what a Store holds.
type Options struct {
	Retention   time.Duration // how long an event is kept at least
	MaxLogBytes int           // what a room's log may hold; 0 for no limit
}

// Store implements store.Store, store.Counter and store.Lister.
type Store struct {
	opts Options // set once in New

	mu    sync.RWMutex
	rooms map[string]*room // guarded by mu

	stop  chan struct{}
	done  sync.WaitGroup
	close sync.Once
}

var (
	_ store.Store   = (*Store)(nil)
	_ store.Counter = (*Store)(nil)
	_ store.Lister  = (*Store)(nil)
)

// New returns an empty store. Close stops its only goroutine, which frees old events and idle rooms.
func New(opts Options) *Store {
	s := &Store{opts: opts, rooms: map[string]*room{}, stop: make(chan struct{})}
	s.done.Go(s.sweepRegularly)
	return s
}

// Close stops the store's goroutine; what is stored is forgotten with the store.
func (s *Store) Close() error {
	s.close.Do(func() { close(s.stop) })
	s.done.Wait()
	return nil
}

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
	r.setStateLocked(change.State)
	now := time.Now()
	for i := range change.Events {
		r.appendLocked(&change.Events[i], now)
	}
	r.trimLocked(now.Add(-s.opts.Retention))
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
	now := time.Now()
	r.trimLocked(now.Add(-s.opts.Retention))
	records := make([]*store.Record, len(events))
	if err := r.admitLocked(events, records, s.opts.MaxLogBytes); err != nil {
		r.mu.Unlock()
		return nil, err
	}
	before := r.seq
	for i := range events {
		if records[i] == nil {
			records[i] = r.appendLocked(&events[i], now)
		}
	}
	wakes := r.wakesLocked(r.seq > before)
	r.mu.Unlock()
	wakeAll(wakes)
	return records, nil
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
