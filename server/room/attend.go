package room

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yodel/server/call"
	"yodel/store"
	"yodel/store/records"
)

// Attendance keeps a peer's lease from running while one of its requests is served.
type Attendance struct {
	Member
	presence *presence
}

// Attend begins to serve a request of m: whoever lost its seat gets it back, with the same id. Done ends it.
//
// Errors: ErrRevoked, ErrStale, ErrFull, ErrTooManyRooms.
func (s *Service) Attend(ctx context.Context, m Member) (*Attendance, error) {
	if h := s.existing(m.Room); h != nil {
		h.mu.Lock()
		p := h.presenceLocked(m.Peer)
		if p != nil && p.generation == m.Generation && !p.expiring && !p.over {
			p.beginLocked()
			h.mu.Unlock()
			return &Attendance{m, p}, nil
		}
		h.mu.Unlock()
	}
	p, err := s.comeBack(ctx, m)
	if err != nil {
		return nil, err
	}
	return &Attendance{m, p}, nil
}

// Done ends the attendance. away: the peer's page is being closed, so its lease shall be short.
func (a *Attendance) Done(away bool) { a.presence.end(away) }

// Allow charges n messages to the peer. *LimitError: too many.
func (a *Attendance) Allow(n int) error { return a.presence.allow(n) }

// comeBack gives a seat to a peer that this process has no presence of, and begins its presence.
func (s *Service) comeBack(ctx context.Context, m Member) (*presence, error) {
	if err := s.refuseRevoked(m.Peer); err != nil {
		return nil, err
	}
	record, err := s.record(m.Room)
	if err != nil {
		return nil, err
	}
	if record.Generation != m.Generation {
		return nil, ErrStale
	}
	p, _, err := s.seat(ctx, record, m, Peer{ID: m.Peer, Name: m.Name})
	return p, err
}

func (s *Service) refuseRevoked(peer string) error {
	revoked, err := s.records.Revoked(peer)
	if err != nil {
		return fmt.Errorf("look up revocation: %w", err)
	}
	if revoked {
		return ErrRevoked
	}
	return nil
}

// record is the room's record; the zero one for an open room.
func (s *Service) record(room string) (records.Room, error) {
	record, err := s.records.Room(room)
	if errors.Is(err, records.ErrNotFound) {
		return records.Room{}, nil
	}
	if err != nil {
		return records.Room{}, fmt.Errorf("look up room: %w", err)
	}
	return record, nil
}

// seated is what a room was like as somebody sat down.
type seated struct {
	st     state
	before store.Position // just before its peer-joined
}

// seat gives p a seat, unless it has one, and begins a presence with a request under way. ErrStale: record is no longer
// the room's. ErrRevoked: the peer left meanwhile.
func (s *Service) seat(ctx context.Context, record records.Room, m Member, newcomer Peer) (*presence, seated, error) {
	if err := s.roomForRoom(ctx, m.Room); err != nil {
		return nil, seated{}, err
	}
	h, err := s.acquire(ctx, m.Room)
	if err != nil {
		return nil, seated{}, err
	}
	defer h.release()
	h.seating.Lock()
	defer h.seating.Unlock()
	if now, err := s.record(m.Room); err != nil {
		return nil, seated{}, err
	} else if now.Generation != record.Generation {
		return nil, seated{}, ErrStale
	}
	if err := s.refuseRevoked(m.Peer); err != nil { // Leave revokes first and then waits for seating
		return nil, seated{}, err
	}
	var result seated
	_, err = s.store.Update(ctx, m.Room, func(old store.Snapshot) (store.Change, error) {
		result.before = old.Last
		result.st, err = decodeState(old)
		if err != nil {
			return store.Change{}, err
		}
		return s.sitDown(&result.st, m, newcomer, old.Last.Seq)
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, seated{}, err
	}
	h.setClosing(record)
	return h.begin(m), result, nil
}

// sitDown is the pure part of seat; errUnchanged for somebody who has one.
func (s *Service) sitDown(st *state, m Member, p Peer, since uint64) (store.Change, error) {
	if st.seat(p.ID) != nil {
		return store.Change{}, errUnchanged
	}
	if s.cfg.MaxPeers > 0 && len(st.Seats) >= s.cfg.MaxPeers {
		return store.Change{}, ErrFull
	}
	now := time.Now()
	if known := findSeat(st.Away, p.ID); known != nil {
		p.Name, p.Media = known.Name, known.Media
	}
	p.JoinedAt = call.At(now)
	if st.Began == 0 {
		st.Began, st.BeganIn = now.UnixMilli(), st.epoch
	}
	st.sit(p, since, m.Generation)
	events := []store.Event{joinedEvent(m.Room, p)}
	rung, err := st.act(m.Room, call.Arrived{Peer: p.ID}, now)
	if err != nil {
		return store.Change{}, err
	}
	return st.change(append(events, rung...)...)
}

// begin notes the presence of a seated peer, with a request under way. The caller holds seating.
func (h *hub) begin(m Member) *presence {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.presenceLocked(m.Peer)
	if p == nil {
		p = h.addLocked(m.Peer, m.Generation)
	}
	p.beginLocked()
	return p
}

// addLocked makes a presence, which holds a reference to the hub.
func (h *hub) addLocked(peer, generation string) *presence {
	p := &presence{hub: h, peer: peer, generation: generation}
	h.present = append(h.present, p)
	h.service.peers.Add(1)
	h.retain()
	return p
}

// roomForRoom refuses a new room where the server holds as many as it may.
func (s *Service) roomForRoom(ctx context.Context, room string) error {
	counter, counts := s.store.(store.Counter)
	if s.cfg.MaxRooms <= 0 || !counts || counter.Rooms() < s.cfg.MaxRooms {
		return nil
	}
	if _, err := s.store.Load(ctx, room); errors.Is(err, store.ErrRoomNotFound) {
		return ErrTooManyRooms
	}
	return nil
}
