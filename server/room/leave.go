package room

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yodel/server/call"
	"yodel/store"
	"yodel/store/records"
)

var errNotYet = errors.New("the lease has not run out")

// Leave takes the seat of the peer for good: its tokens are worth nothing from here on.
func (s *Service) Leave(ctx context.Context, a *Attendance) error {
	ctx, cancel := detached(ctx)
	defer cancel()
	if err := s.records.Revoke(a.Peer, time.Now().Add(s.cfg.TokenLife)); err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	h := a.presence.hub
	h.seating.Lock()
	defer h.seating.Unlock()
	if !h.forget(a.presence) {
		return nil // left by another request meanwhile
	}
	defer h.release()
	if err := s.takeSeat(ctx, h, a.Peer, false, nil); err != nil {
		return err
	}
	h.endReaders(a.Peer, Goodbye{Reason: GoodbyeLeft})
	s.log.Info("peer left", "room", a.Room, "peer", a.Peer)
	return nil
}

// expire takes the seat of a peer whose lease has run out, unless the longer lease of a call applies. The caller holds
// seating and has set expiring.
func (s *Service) expire(p *presence, away bool) {
	ctx, cancel := detached(context.Background())
	defer cancel()
	h := p.hub
	h.mu.Lock()
	idle := time.Since(p.idleSince)
	h.mu.Unlock()
	err := s.takeSeat(ctx, h, p.peer, true, func(st *state) error {
		if !away && st.Call != nil && st.Call.Busy(p.peer) && idle < s.cfg.LeaseInCall {
			return errNotYet
		}
		return nil
	})
	switch {
	case errors.Is(err, errNotYet): // the call may be over before the longer lease is, so it is not waited for at once
		h.mu.Lock()
		p.expiring = false
		p.armLocked(min(s.cfg.LeaseInCall-idle, s.cfg.Lease))
		h.mu.Unlock()
		return
	case err != nil:
		s.log.Error("lease expiry failed", "room", h.room, "peer", p.peer, "error", err)
	}
	if h.forget(p) {
		s.log.Info("peer expired", "room", h.room, "peer", p.peer)
		h.release()
	}
}

// takeSeat removes a peer from the stored room, unless allowed refuses.
func (s *Service) takeSeat(ctx context.Context, h *hub, peer string, expired bool, allowed func(*state) error) error {
	reason := "left"
	if expired {
		reason = "expired"
	}
	_, err := s.store.Update(ctx, h.room, func(old store.Snapshot) (store.Change, error) {
		st, err := decodeState(old.State.Data)
		if err != nil {
			return store.Change{}, err
		}
		if allowed != nil {
			if err := allowed(&st); err != nil {
				return store.Change{}, err
			}
		}
		gone, sat := st.rise(peer, expired)
		if !sat {
			return st.change()
		}
		events, err := st.act(h.room, call.Gone{Peer: peer, Expired: expired}, time.Now())
		if err != nil {
			return store.Change{}, err
		}
		return st.change(append(events, leftEvent(h.room, gone.Peer, reason))...)
	})
	return err
}

// forget ends a presence; false if it had ended. The caller holds seating and releases the hub.
func (h *hub) forget(p *presence) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.gone {
		return false
	}
	p.gone = true
	p.stopLocked()
	h.present = slices.DeleteFunc(h.present, func(other *presence) bool { return other == p })
	h.service.peers.Add(-1)
	return true
}

// setClosing arms the end of a room whose record expires: then everybody in it has to leave.
func (h *hub) setClosing(record records.Room) {
	if record.ExpiresAt.IsZero() {
		return
	}
	h.setTimer(&h.closing, time.Until(record.ExpiresAt), func() { h.service.closeRoom(record) })
}

func (s *Service) closeRoom(record records.Room) {
	room := record.ID
	ctx, cancel := detached(context.Background())
	defer cancel()
	h, err := s.acquire(ctx, room)
	if err != nil {
		s.log.Error("closing an expired room failed", "room", room, "error", err)
		return
	}
	defer h.release()
	h.seating.Lock()
	defer h.seating.Unlock()
	h.mu.Lock()
	present := make([]*presence, 0, len(h.present))
	for _, p := range h.present {
		if p.generation == record.Generation { // and not in an open room that somebody began under the same name
			present = append(present, p)
		}
	}
	h.mu.Unlock()
	for _, p := range present {
		if !h.forget(p) {
			continue
		}
		if err := s.takeSeat(ctx, h, p.peer, false, nil); err != nil {
			s.log.Error("closing an expired room failed", "room", room, "error", err)
		}
		h.endReaders(p.peer, Goodbye{Reason: GoodbyeLeft})
		h.release()
	}
	s.log.Info("room expired", "room", room, "peers", len(present))
}
