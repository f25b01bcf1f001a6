package records

import (
	"bytes"
	"crypto/rand"
	"sync"
	"time"
)

// maxRevocations bounds Memory's revocations. Each takes about 150 bytes, so all of them about 15 MB.
const maxRevocations = 100_000

var _ Store = (*Memory)(nil)

// Memory keeps records until the process ends.
type Memory struct {
	// set once in InMemory
	secret []byte

	mu      sync.Mutex
	rooms   map[string]Room      // guarded by mu
	revoked map[string]time.Time // guarded by mu
	order   []string             // revoked's keys, oldest first; guarded by mu
}

// InMemory returns an empty Memory with a secret of its own, so that no earlier token is good. Of its revocations it
// keeps the latest 100,000; since all tokens live equally long, the ones it forgets first are those that matter for the
// shortest time.
func InMemory() *Memory {
	secret := make([]byte, secretLength)
	_, _ = rand.Read(secret) // never fails: crypto/rand
	return InMemoryWith(secret)
}

// InMemoryWith is InMemory with a secret of 32 random bytes that somebody else keeps.
func InMemoryWith(secret []byte) *Memory {
	return &Memory{secret: bytes.Clone(secret), rooms: map[string]Room{}, revoked: map[string]time.Time{}}
}

// Room implements Store.
func (m *Memory) Room(id string) (Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || r.expired(time.Now()) {
		return Room{}, ErrNotFound
	}
	return r, nil
}

// AddRoom implements Store.
func (m *Memory) AddRoom(r Room) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.rooms[r.ID]; ok && !old.expired(time.Now()) {
		return ErrExists
	}
	m.rooms[r.ID] = r
	return nil
}

// DeleteRoom implements Store.
func (m *Memory) DeleteRoom(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rooms, id)
	return nil
}

// CountRooms implements Store.
func (m *Memory) CountRooms() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.rooms)
}

// Revoke implements Store.
func (m *Memory) Revoke(peer string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, known := m.revoked[peer]
	if !until.After(old) {
		return nil
	}
	m.revoked[peer] = until
	if known {
		return nil
	}
	m.order = append(m.order, peer)
	if len(m.order) > maxRevocations {
		delete(m.revoked, m.order[0])
		m.order = m.order[1:]
	}
	return nil
}

// Revoked implements Store.
func (m *Memory) Revoked(peer string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Before(m.revoked[peer]), nil
}

// Secret implements Store.
func (m *Memory) Secret() []byte { return bytes.Clone(m.secret) }

// Purge implements Store.
func (m *Memory) Purge(now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.rooms {
		if r.expired(now) {
			delete(m.rooms, id)
		}
	}
	kept := m.order[:0]
	for _, peer := range m.order {
		if now.Before(m.revoked[peer]) {
			kept = append(kept, peer)
		} else {
			delete(m.revoked, peer)
		}
	}
	clear(m.order[len(kept):])
	m.order = kept
	return nil
}

// Close implements Store; there is nothing to give back.
func (m *Memory) Close() error { return nil }
