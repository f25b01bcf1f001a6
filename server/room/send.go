package room

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"yodel/server/signaling"
	"yodel/store"
)

// Send stores messages of a peer for those they are meant for, all or none, and returns their places in the order. It
// keeps nothing of their Data.
//
// Errors: *LimitError, store.ErrLogFull, ErrRevoked; *ElementError around ErrPeerAway or ErrPeerNotFound, or around a
// *signaling.InputError.
func (s *Service) Send(ctx context.Context, a *Attendance, messages []signaling.Message) ([]*store.Record, error) {
	if err := a.Allow(len(messages)); err != nil {
		return nil, err
	}
	events := make([]store.Event, len(messages))
	for i := range messages {
		if messages[i].To == a.Peer {
			return nil, &ElementError{i, "to", &signaling.InputError{Fields: []signaling.FieldError{{Field: "to", Reason: "must not be oneself"}}}}
		}
		events[i] = messageEvent(a.Member, &messages[i])
	}
	records, err := s.store.Append(ctx, a.Room, events)
	if err != nil {
		return nil, s.explain(ctx, a, err)
	}
	s.messages.Add(int64(len(records)))
	return records, nil
}

// explain says what a missing seat means.
func (s *Service) explain(ctx context.Context, a *Attendance, err error) error {
	var missing *store.SeatError
	switch {
	case errors.Is(err, store.ErrRoomNotFound):
		return ErrRevoked
	case !errors.As(err, &missing):
		return err
	case missing.Sender:
		return ErrRevoked // left since the request began
	}
	st, _, err := s.load(ctx, a.Room)
	if err != nil {
		return err
	}
	why, err := s.whyMissing(&st, missing.Peer)
	if err != nil {
		return err
	}
	return &ElementError{missing.Index, "to", why}
}

// whyMissing is ErrPeerAway for somebody without a seat who may come back, else ErrPeerNotFound.
func (s *Service) whyMissing(st *state, peer string) (why, err error) {
	if st.isAway(peer) {
		return ErrPeerAway, nil
	}
	if !s.mayBeFromBefore(st, peer) {
		return ErrPeerNotFound, nil
	}
	revoked, err := s.records.Revoked(peer)
	if err != nil {
		return nil, err
	}
	if revoked {
		return ErrPeerNotFound, nil
	}
	return ErrPeerAway, nil
}

// mayBeFromBefore: what was known of seats is lost when the room is freed, or with the process where the store does not
// outlive it or has lost some, or because too many are away, but a peer's id tells when it was made. One that is older than
// that, and not older than a token can be, may well come back.
func (s *Service) mayBeFromBefore(st *state, peer string) bool {
	made, ok := madeAt(peer)
	if !ok {
		return false
	}
	lost := made.Before(s.startedAt) && !s.restored(st)
	freed := made.Before(time.UnixMilli(st.Began).Add(-s.cfg.Lease)) // of an earlier room nobody was left since then
	faded := made.UnixMilli() <= st.Faded
	return (lost || freed || faded) && time.Since(made) < s.cfg.TokenLife
}

// madeAt is when a peer id of ours was made.
func madeAt(peer string) (time.Time, bool) {
	id, err := uuid.Parse(peer)
	if err != nil || id.Version() != 7 || id.String() != peer {
		return time.Time{}, false
	}
	return time.Unix(id.Time().UnixTime()), true
}

// restored tells whether the room is of an earlier process and still knows all that it ever knew.
func (s *Service) restored(st *state) bool {
	return st.BeganIn == st.epoch && time.UnixMilli(st.Began).Before(s.startedAt.Truncate(time.Millisecond))
}
