package room

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yodel/server/call"
	"yodel/store"
)

// Restore goes on with the rooms that the store still holds of an earlier process, which may have ended at any moment:
// every seat gets a presence, whose lease runs from now since nobody could come meanwhile; calls ring on and rooms close
// by the wall clock. A room that fails is logged and left as it is. Call it once, before anybody is served.
func (s *Service) Restore(ctx context.Context) error {
	lister, lists := s.store.(store.Lister)
	if !lists {
		return nil
	}
	names, err := lister.Names(ctx)
	if err != nil {
		return fmt.Errorf("list rooms: %w", err)
	}
	for _, room := range names {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("restore rooms: %w", err)
		}
		if err := s.restoreRoom(ctx, room); err != nil {
			s.log.Error("restoring a room failed", "room", room, "error", err)
		}
	}
	if peers, rooms, _ := s.Stats(); rooms > 0 {
		s.log.Info("rooms restored", "rooms", rooms, "peers", peers)
	}
	return nil
}

// restoreRoom goes on with one room. Whatever else fails, each of its seats gets a presence, without which it would stay
// for ever.
func (s *Service) restoreRoom(ctx context.Context, room string) error {
	st, _, err := s.load(ctx, room)
	if errors.Is(err, store.ErrRoomNotFound) { // freed since it was listed
		return nil
	}
	if err != nil || len(st.Seats) == 0 {
		return err
	}
	h, err := s.acquire(ctx, room)
	if err != nil {
		return err
	}
	defer h.release()
	h.seating.Lock()
	defer h.seating.Unlock()
	record, failed := s.record(room)
	if failed == nil {
		h.setClosing(record)
	}
	var leaving []*presence
	for i := range st.Seats {
		p := h.restore(&st.Seats[i])
		over, err := s.isOver(p)
		if failed = errors.Join(failed, err); over {
			leaving = append(leaving, p)
		}
	}
	return errors.Join(failed, s.unseat(ctx, h, leaving), s.restoreRing(ctx, h))
}

// restore begins the presence of a peer that nobody has heard of yet in this process.
func (h *hub) restore(of *seat) *presence {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.addLocked(of.ID, of.Generation)
	p.idleSince = time.Now()
	p.armLocked(p.firstLook())
	return p
}

// isOver tells whether the peer left, or its room is no more: the process may have ended just before it took the seat, and
// a room may have expired while there was none. In doubt it is not.
func (s *Service) isOver(p *presence) (bool, error) {
	record, err := s.record(p.hub.room)
	if err != nil || record.Generation != p.generation {
		return err == nil, err
	}
	revoked, err := s.records.Revoked(p.peer)
	if err != nil {
		return false, fmt.Errorf("look up revocation: %w", err)
	}
	return revoked, nil
}

// restoreRing sets the timer of a call that rings, or ends one that has rung for long enough already: before anybody can
// still accept it.
func (s *Service) restoreRing(ctx context.Context, h *hub) error {
	st, _, err := s.load(ctx, h.room)
	if err != nil {
		return err
	}
	switch c := st.public(); {
	case c == nil || c.State != call.StateRinging:
	case s.ringLeft(*c) > 0:
		s.armRing(h, *c)
	default:
		s.ringTimeout(ctx, h, *c)
	}
	return nil
}
