package room

import (
	"context"
	"sync/atomic"
	"time"

	"yodel/server/call"
	"yodel/store"
)

// Kind is how a reader gets its events. A peer may have one reader of each; a new one replaces its own kind only.
type Kind uint8

// The kinds of readers.
const (
	Stream Kind = iota
	Poll
)

// Why a reader has to go.
const (
	GoodbyeDraining = "draining" // the server stops
	GoodbyeRefresh  = "refresh"  // the stream is old
	GoodbyeReplaced = "replaced" // the peer opened another; it must not come back by itself
	GoodbyeLeft     = "left"     // the peer left the room
)

// Goodbye is the last word to a reader.
type Goodbye struct {
	Reason     string
	RetryAfter time.Duration // how long to wait before coming back
}

// Reader is one peer's place in its room's order. Next and Position are for one caller at a time.
type Reader struct {
	presence *presence // set once
	kind     Kind      // set once
	notify   func()    // set once

	position store.Position // owned by whoever calls Next
	bye      atomic.Pointer[Goodbye]
	closed   atomic.Bool
}

// Hello is what a reader is told first, as the contract has it.
type Hello struct {
	Peer             Peer       `json:"peer"`
	Peers            []Peer     `json:"peers"`
	Call             *call.Call `json:"call"`
	LastEventID      string     `json:"lastEventId"`
	HeartbeatSeconds float64    `json:"heartbeatSeconds"`
	Resumed          bool       `json:"resumed"`
	Reason           string     `json:"reason,omitempty"`
}

// Subscribe opens a reader after the given position, the text of an event id; "" means from now on. wake is called
// whenever there may be something new for the reader, from any goroutine; it must not block. The reader counts as a
// request under way until Close.
func (s *Service) Subscribe(ctx context.Context, a *Attendance, kind Kind, after string, wake func()) (*Reader, Hello, error) {
	snapshot, err := s.store.Load(ctx, a.Room)
	if err != nil {
		return nil, Hello{}, err
	}
	st, err := decodeState(snapshot)
	if err != nil {
		return nil, Hello{}, err
	}
	mine := st.seat(a.Peer)
	if mine == nil {
		return nil, Hello{}, ErrRevoked // left since the request began
	}
	position, reason := s.place(ctx, a.Room, after, snapshot.Last, mine.Since)
	r := &Reader{presence: a.presence, kind: kind, notify: wake, position: position}
	if !a.presence.hub.register(r) {
		return nil, Hello{}, ErrRevoked
	}
	if s.draining.Load() {
		r.MarkEnded(draining(time.Second))
	}
	return r, s.hello(&st, mine, position, reason), nil
}

func (s *Service) hello(st *state, mine *seat, position store.Position, reason string) Hello {
	return Hello{
		Peer: mine.Peer, Peers: st.peers(), Call: st.public(), LastEventID: position.String(),
		HeartbeatSeconds: s.cfg.Heartbeat.Seconds(), Resumed: reason == "", Reason: reason,
	}
}

// StartOver gives a reader that lost its position the newest one, and what it has to be told with that.
func (r *Reader) StartOver(ctx context.Context) (Hello, error) {
	s := r.presence.hub.service
	st, snapshot, err := s.load(ctx, r.Room())
	if err != nil {
		return Hello{}, err
	}
	mine := st.seat(r.Peer())
	if mine == nil {
		return Hello{}, ErrRevoked
	}
	r.position = snapshot.Last
	return s.hello(&st, mine, r.position, "gap"), nil
}

// place finds where a reader goes on from, and why not where it asked to.
func (s *Service) place(ctx context.Context, room, after string, last store.Position, since uint64) (store.Position, string) {
	if after == "" {
		return last, "new"
	}
	asked, ok := store.ParsePosition(after)
	switch {
	case !ok || !asked.Of(room):
		return last, "gap"
	case asked.Epoch != last.Epoch:
		return last, "restart"
	case asked.Seq < since: // from before it joined
		return last, "gap"
	}
	if _, err := s.store.Read(ctx, room, asked, 1); err != nil {
		return last, "gap"
	}
	return asked, ""
}

// register makes r known, in place of an earlier one of its kind; false if the peer has lost its seat.
func (h *hub) register(r *Reader) bool {
	h.mu.Lock()
	if r.presence.gone || r.presence.over {
		h.mu.Unlock()
		return false
	}
	var replaced *Reader
	for _, other := range h.readers {
		if other.presence == r.presence && other.kind == r.kind {
			replaced = other
		}
	}
	h.swapReadersLocked(replaced, r)
	r.presence.beginLocked()
	r.presence.stopLocked() // while a stream is open there is no lease to look after
	h.mu.Unlock()
	h.retain()
	if replaced != nil {
		replaced.end(Goodbye{Reason: GoodbyeReplaced})
	}
	return true
}

// Reads tells whether the peer has a reader of this kind, which another one would replace.
func (a *Attendance) Reads(kind Kind) bool {
	for _, r := range a.presence.hub.allReaders() {
		if r.presence == a.presence && r.kind == kind {
			return true
		}
	}
	return false
}

// Peer is whose reader it is.
func (r *Reader) Peer() string { return r.presence.peer }

// Room is the room it reads.
func (r *Reader) Room() string { return r.presence.hub.room }

// Position is after the last event that Next looked at.
func (r *Reader) Position() store.Position { return r.position }

// Next returns events for this peer that follow its position, and moves it past them; none when it is up to date. It
// looks at no more than limit events of the room. store.ErrPositionLost: the reader is too far behind; it has to start over,
// or be closed and come back.
func (r *Reader) Next(ctx context.Context, limit int) ([]*store.Record, error) {
	for {
		records, err := r.presence.hub.service.store.Read(ctx, r.Room(), r.position, limit)
		if err != nil || len(records) == 0 {
			return nil, err
		}
		r.position.Seq = records[len(records)-1].Seq
		if mine := r.meant(records); len(mine) > 0 {
			return mine, nil
		}
	}
}

// meant picks the records that are for this peer; mostly that is all or nothing, which costs no memory.
func (r *Reader) meant(records []*store.Record) []*store.Record {
	for i, record := range records {
		if r.isMeant(record) {
			continue
		}
		mine := append([]*store.Record(nil), records[:i]...)
		for _, later := range records[i+1:] {
			if r.isMeant(later) {
				mine = append(mine, later)
			}
		}
		return mine
	}
	return records
}

func (r *Reader) isMeant(record *store.Record) bool {
	if record.To != "" {
		return record.To == r.presence.peer
	}
	return record.From != r.presence.peer
}

// Goodbye is why the reader has to go, once it has delivered what Next still has; nil while it may stay.
func (r *Reader) Goodbye() *Goodbye { return r.bye.Load() }

// MarkEnded gives the reader the reason to go that Goodbye returns; the caller wakes it. Only the first reason counts.
func (r *Reader) MarkEnded(bye Goodbye) bool { return r.bye.CompareAndSwap(nil, &bye) }

// end tells the reader to go.
func (r *Reader) end(bye Goodbye) {
	if r.MarkEnded(bye) {
		r.wake()
	}
}

func (r *Reader) wake() {
	if !r.closed.Load() {
		r.notify()
	}
}

// Close ends the reader, once; if nothing else of the peer is open, its lease runs from here.
func (r *Reader) Close() {
	if r.closed.Swap(true) {
		return
	}
	h := r.presence.hub
	h.mu.Lock()
	h.swapReadersLocked(r, nil)
	h.mu.Unlock()
	r.presence.end(false)
	h.release()
}
