package room

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yodel/server/call"
	"yodel/server/signaling"
)

// CallRequest is a call to be begun. To nil rings everyone in the room, and whoever joins while it rings.
type CallRequest struct {
	ID    string // the caller's own UUID; "" for one of ours
	To    []string
	Video bool
	Note  string
}

// StartCall begins to ring. The same ID by the same caller again returns that call as it is now.
//
// Errors: *CallExistsError, *signaling.InputError, ErrPeerAway, *LimitError.
func (s *Service) StartCall(ctx context.Context, a *Attendance, req CallRequest) (call.Call, error) {
	if err := a.Allow(1); err != nil {
		return call.Call{}, err
	}
	record, err := s.record(a.Room)
	if err != nil {
		return call.Call{}, err
	}
	if req.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return call.Call{}, fmt.Errorf("make call id: %w", err)
		}
		req.ID = id.String()
	}
	var result call.Call
	now := time.Now()
	_, err = s.change(ctx, a.Room, func(st *state) ([]roomChange, error) {
		st.forget(now.Add(-s.cfg.EndedCalls))
		if known := st.find(req.ID, time.Time{}); known != nil && known.Caller == a.Peer {
			result = known.Public()
			return nil, errUnchanged
		} else if known != nil && known.State == call.StateEnded {
			return nil, &signaling.InputError{Fields: []signaling.FieldError{{Field: "id", Reason: "is the id of another call"}}}
		}
		if st.Call != nil {
			return nil, &CallExistsError{st.Call.Public()}
		}
		if err := s.checkInvited(st, a, req.To); err != nil {
			return nil, err
		}
		if s.cfg.Messages > 0 && len(st.Ended) >= maxEnded { // the oldest must not be forgotten yet
			return nil, &LimitError{What: "calls", RetryAfter: st.Ended[0].EndedAt.Add(s.cfg.EndedCalls).Sub(now)}
		}
		started := call.New(call.Start{
			ID: req.ID, Room: a.Room, Caller: a.Peer, To: req.To, Present: st.others(a.Peer), Open: req.To == nil,
			Video: req.Video, Note: req.Note, Capacity: capacity(record),
		}, now)
		st.Call = &started
		result = started.Public()
		return []roomChange{callEvent(a.Room, result)}, nil
	})
	if err != nil {
		return call.Call{}, err
	}
	if result.State == call.StateRinging {
		s.armRing(a.presence.hub, result)
	}
	s.log.Info("call started", "room", a.Room, "call", result.ID, "peer", a.Peer)
	return result, nil
}

func (s *Service) checkInvited(st *state, a *Attendance, to []string) error {
	if st.seat(a.Peer) == nil {
		return ErrRevoked
	}
	for i, peer := range to {
		field := fmt.Sprintf("to[%d]", i)
		switch {
		case peer == a.Peer:
			return &signaling.InputError{Fields: []signaling.FieldError{{Field: field, Reason: "must not be oneself"}}}
		case st.seat(peer) != nil:
			continue
		}
		why, err := s.whyMissing(st, peer)
		if err != nil {
			return err
		}
		if errors.Is(why, ErrPeerAway) {
			return why
		}
		return &signaling.InputError{Fields: []signaling.FieldError{{Field: field, Reason: "must be a peer of the room"}}}
	}
	return nil
}

// Call returns the call with this id. ErrCallNotFound: never was, or ended too long ago.
func (s *Service) Call(ctx context.Context, a *Attendance, id string) (call.Call, error) {
	st, _, err := s.load(ctx, a.Room)
	if err != nil {
		return call.Call{}, err
	}
	found := st.find(id, time.Now().Add(-s.cfg.EndedCalls))
	if found == nil {
		return call.Call{}, ErrCallNotFound
	}
	return found.Public(), nil
}

// Act applies a peer's accept, decline or hangup to a call and returns the call it led to.
//
// Errors: ErrCallNotFound, *LimitError, and the refusals of package call.
func (s *Service) Act(ctx context.Context, a *Attendance, id string, action call.Action) (call.Call, error) {
	if err := a.Allow(1); err != nil {
		return call.Call{}, err
	}
	var result call.Call
	_, err := s.change(ctx, a.Room, func(st *state) (events []roomChange, err error) {
		result, events, err = s.act(st, a, id, action, time.Now())
		return events, err
	})
	if err != nil {
		return call.Call{}, err
	}
	return result, nil
}

func (s *Service) act(st *state, a *Attendance, id string, action call.Action, now time.Time) (call.Call, []roomChange, error) {
	if st.seat(a.Peer) == nil {
		return call.Call{}, nil, ErrRevoked
	}
	found := st.find(id, now.Add(-s.cfg.EndedCalls))
	if found == nil {
		return call.Call{}, nil, ErrCallNotFound
	}
	if found != st.Call { // over: the refusal, or the call unchanged
		after, err := found.Apply(action, now)
		if err == nil {
			err = errUnchanged
		}
		return after.Public(), nil, err
	}
	events, err := st.act(a.Room, action, now)
	switch {
	case err != nil:
		return call.Call{}, nil, err
	case len(events) == 0:
		return st.Call.Public(), nil, errUnchanged
	}
	return st.find(id, time.Time{}).Public(), events, nil
}

// armRing ends the call when it has rung for long enough, by the server's clock.
func (s *Service) armRing(h *hub, c call.Call) { s.ringFor(h, c, s.ringLeft(c)) }

// ringLeft is how much longer the call may ring. A clock that was set back does not make it ring for longer than any.
func (s *Service) ringLeft(c call.Call) time.Duration {
	return min(time.Until(c.CreatedAt.Add(s.cfg.RingTimeout)), s.cfg.RingTimeout)
}

func (s *Service) ringFor(h *hub, c call.Call, d time.Duration) {
	h.setTimer(&h.ring, d, func() {
		ctx, cancel := detached(context.Background())
		defer cancel()
		s.ringTimeout(ctx, h, c)
	})
}

// ringTimeout ends the call if it still rings: one that is answered or over by now takes no notice.
func (s *Service) ringTimeout(ctx context.Context, h *hub, c call.Call) {
	var other *call.Call
	_, err := s.change(ctx, c.Room, func(st *state) ([]roomChange, error) {
		if other = st.public(); other == nil || other.ID != c.ID {
			return nil, errUnchanged
		}
		events, err := st.act(c.Room, call.RingTimeout{}, time.Now())
		if err == nil && len(events) == 0 {
			err = errUnchanged
		}
		return events, err
	})
	if err != nil {
		s.log.Error("ring timeout failed", "room", c.Room, "call", c.ID, "error", err)
	}
	switch {
	case passing(err):
		s.ringFor(h, c, tryAgain)
	case other != nil && other.ID != c.ID && other.State == call.StateRinging:
		s.armRing(h, *other) // whose timer this one was set in place of
	}
}
