package room

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yodel/server/call"
)

// tryAgain is when to look again at what the store could not keep: seldom enough for thousands of leases that run out on
// a full disk, soon enough for whoever waits for it.
const tryAgain = 5 * time.Second

var errNotYet = errors.New("the lease has not run out")

// Leave takes the seat of the peer for good: its tokens are worth nothing from here on. Where the store cannot keep that at
// the moment, it has happened all the same, and the others are told later.
func (s *Service) Leave(ctx context.Context, a *Attendance) error {
	ctx, cancel := detached(ctx)
	defer cancel()
	if err := s.records.Revoke(a.Peer, time.Now().Add(max(s.cfg.TokenLife, s.cfg.RelayLife))); err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	h := a.presence.hub
	h.seating.Lock()
	defer h.seating.Unlock()
	if a.presence.isGone() {
		return nil // left by another request meanwhile
	}
	if err := s.unseat(ctx, h, []*presence{a.presence}); err != nil {
		s.log.Error("taking a seat failed", "room", a.Room, "peer", a.Peer, "error", err)
		if !passing(err) {
			return err
		}
	}
	return nil
}

// unseat takes the seats of peers who left, or whose room is no more, as one step. Whether the store can or not, they are
// over: nothing of theirs is served any more, and a seat that could not be taken will be. The caller holds seating.
func (s *Service) unseat(ctx context.Context, h *hub, leaving []*presence) error {
	if len(leaving) == 0 {
		return nil
	}
	peers := make([]string, len(leaving))
	h.mu.Lock()
	for i, p := range leaving {
		p.over = true
		peers[i] = p.peer
	}
	h.mu.Unlock()
	err := s.takeSeats(ctx, h, peers, false, nil)
	for _, p := range leaving {
		h.endReaders(p.peer, Goodbye{Reason: GoodbyeLeft})
		s.tellLeft(p)
		switch {
		case passing(err):
			p.lookIn(tryAgain)
		case h.forget(p):
			s.log.Info("peer left", "room", h.room, "peer", p.peer)
			h.release()
		}
	}
	return err
}

func (s *Service) tellLeft(p *presence) {
	if s.cfg.Left != nil {
		s.cfg.Left(p.hub.room, p.peer)
	}
}

// unseatAtLast is unseat for a seat that could not be taken at once.
func (s *Service) unseatAtLast(p *presence) {
	ctx, cancel := detached(context.Background())
	defer cancel()
	if err := s.unseat(ctx, p.hub, []*presence{p}); err != nil {
		s.log.Error("taking a seat failed", "room", p.hub.room, "peer", p.peer, "error", err)
	}
}

// passing tells whether trying again may help.
func passing(err error) bool { return err != nil && !errors.Is(err, errUndecodable) }

// expire takes the seat of a peer whose lease has run out, unless the longer lease of a call applies. The caller holds
// seating and has set expiring.
func (s *Service) expire(p *presence, away bool) {
	ctx, cancel := detached(context.Background())
	defer cancel()
	h := p.hub
	h.mu.Lock()
	idle := time.Since(p.idleSince)
	h.mu.Unlock()
	err := s.takeSeats(ctx, h, []string{p.peer}, true, func(st *state) error {
		if !away && st.Call != nil && st.Call.Busy(p.peer) && idle < s.cfg.LeaseInCall {
			return errNotYet
		}
		return nil
	})
	if errors.Is(err, errNotYet) { // the call may be over before the longer lease is, so it is not waited for at once
		p.lookIn(min(s.cfg.LeaseInCall-idle, s.cfg.Lease))
		return
	}
	if err != nil {
		s.log.Error("lease expiry failed", "room", h.room, "peer", p.peer, "error", err)
	}
	if passing(err) { // a seat without a presence would stay for ever
		p.lookIn(tryAgain)
		return
	}
	if h.forget(p) {
		s.tellLeft(p)
		s.log.Info("peer expired", "room", h.room, "peer", p.peer)
		h.release()
	}
}

// takeSeats removes peers from the stored room, unless allowed refuses.
func (s *Service) takeSeats(ctx context.Context, h *hub, peers []string, expired bool, allowed func(*state) error) error {
	reason := "left"
	if expired {
		reason = "expired"
	}
	_, err := s.change(ctx, h.room, func(st *state) (events []roomChange, err error) {
		if allowed != nil {
			if err := allowed(st); err != nil {
				return nil, err
			}
		}
		for _, peer := range peers {
			gone, sat := st.rise(peer, expired)
			if !sat {
				continue
			}
			told, err := st.act(h.room, call.Gone{Peer: peer, Expired: expired}, time.Now())
			if err != nil {
				return nil, err
			}
			events = append(append(events, told...), leftEvent(h.room, gone.Peer, reason))
		}
		if len(events) == 0 {
			return nil, errUnchanged
		}
		return events, nil
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
	h.service.noteRisen(p.peer)
	return true
}
