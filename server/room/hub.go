package room

import (
	"context"
	"sync"
	"time"
)

// hub is what this process knows of a room beyond what is stored: whose lease is running, who is reading, which timers
// are set. It exists while somebody has a seat or reads here, or an operation is under way.
type hub struct {
	service *Service // set once
	room    string   // set once
	unwatch func()   // set once, before anybody else sees the hub

	refs int // guarded by service.mu: presences, readers and operations under way

	// seating is held by whoever gives or takes a seat, the store's part included, so that the presence here and the
	// seat there change together. It is taken before mu and never while holding it.
	seating sync.Mutex

	mu      sync.Mutex
	present []*presence // guarded by mu; few enough to look through
	readers []*Reader   // guarded by mu; replaced whole, never changed in place
	ring    *time.Timer // guarded by mu: of the call that rings
	closing *time.Timer // guarded by mu: of a room record that expires
}

// acquire returns the hub of a room, made if there is none; release it.
func (s *Service) acquire(ctx context.Context, room string) (*hub, error) {
	s.mu.Lock()
	if h := s.hubs[room]; h != nil {
		h.refs++
		s.mu.Unlock()
		return h, nil
	}
	s.mu.Unlock()

	made := &hub{service: s, room: room, refs: 1}
	unwatch, err := s.store.Watch(ctx, room, made.wake)
	if err != nil {
		return nil, err
	}
	made.unwatch = unwatch
	s.mu.Lock()
	if h := s.hubs[room]; h != nil { // somebody was faster
		h.refs++
		s.mu.Unlock()
		unwatch()
		return h, nil
	}
	s.hubs[room] = made
	s.mu.Unlock()
	return made, nil
}

// existing returns the hub of a room if there is one, without a reference: good for a look only.
func (s *Service) existing(room string) *hub {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.hubs[room]
}

func (h *hub) retain() {
	h.service.mu.Lock()
	h.refs++
	h.service.mu.Unlock()
}

func (h *hub) release() {
	s := h.service
	s.mu.Lock()
	h.refs--
	last := h.refs == 0
	if last {
		delete(s.hubs, h.room)
	}
	s.mu.Unlock()
	if last {
		h.stopTimers()
		h.unwatch()
	}
}

// wake tells every reader that the log has grown.
func (h *hub) wake() {
	for _, r := range h.allReaders() {
		r.wake()
	}
}

// allReaders are the readers of this moment; the list is shared.
func (h *hub) allReaders() []*Reader {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.readers
}

// swapReadersLocked puts a reader in the place of another; either may be nil.
func (h *hub) swapReadersLocked(out, in *Reader) {
	next := make([]*Reader, 0, len(h.readers)+1)
	for _, r := range h.readers {
		if r != out {
			next = append(next, r)
		}
	}
	if in != nil {
		next = append(next, in)
	}
	h.readers = next
}

// presenceLocked is the presence of a peer, or nil.
func (h *hub) presenceLocked(peer string) *presence {
	for _, p := range h.present {
		if p.peer == peer {
			return p
		}
	}
	return nil
}

// endReaders says goodbye to all readers of a peer.
func (h *hub) endReaders(peer string, bye Goodbye) {
	for _, r := range h.allReaders() {
		if r.Peer() == peer {
			r.end(bye)
		}
	}
}

// setTimer replaces one of the hub's timers; without fn it is only stopped.
func (h *hub) setTimer(which **time.Timer, d time.Duration, fn func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *which != nil {
		(*which).Stop()
		*which = nil
	}
	if fn != nil {
		*which = h.service.after(max(d, 0), fn)
	}
}

func (h *hub) stopTimers() {
	h.setTimer(&h.ring, 0, nil)
	h.setTimer(&h.closing, 0, nil)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.present {
		p.stopLocked()
	}
}
