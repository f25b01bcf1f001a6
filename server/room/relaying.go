package room

import (
	"context"
	"errors"
	"time"

	"yodel/store"
)

// MayRelay tells whether a peer may have its media relayed: whoever has a seat, for as long as that is so. A peer that
// somebody may have seated before this process began, of which it does not know, has the time of a lease to come back, as
// those have whom it does know.
func (s *Service) MayRelay(room, peer string) bool {
	if h := s.existing(room); h != nil {
		h.mu.Lock()
		p := h.presenceLocked(peer)
		seated := p != nil && !p.over
		h.mu.Unlock()
		if p != nil {
			return seated
		}
	}
	return s.isFromBefore(peer) && !s.hasRisen(peer) && s.mayReturn(room, peer)
}

// isFromBefore tells whether a peer may have had a seat in an earlier process, and that shortly ago.
func (s *Service) isFromBefore(peer string) bool {
	made, ok := madeAt(peer)
	return ok && made.Before(s.startedAt) && time.Since(s.startedAt) < max(s.cfg.Lease, s.cfg.LeaseInCall)
}

// mayReturn tells whether nothing is stored that says how a peer lost its seat. In doubt it may.
func (s *Service) mayReturn(room, peer string) bool {
	ctx, cancel := detached(context.Background())
	defer cancel()
	revoked, err := s.records.Revoked(peer)
	if revoked {
		return false
	}
	st, _, failed := s.load(ctx, room)
	if failed == nil {
		return !s.restored(&st) // that one knows all who had a seat
	}
	if !errors.Is(failed, store.ErrRoomNotFound) {
		err = errors.Join(err, failed)
	}
	if err != nil {
		s.log.Error("looking for a seat failed", "room", room, "peer", peer, "error", err)
	}
	return true
}

// noteRisen keeps in mind that a peer of an earlier process lost its seat in this one: the room that would know may be freed.
func (s *Service) noteRisen(peer string) {
	if s.isFromBefore(peer) {
		s.mu.Lock()
		s.risen[peer] = struct{}{}
		s.mu.Unlock()
	}
}

func (s *Service) hasRisen(peer string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, risen := s.risen[peer]
	return risen
}
