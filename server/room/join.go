package room

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"yodel/server/call"
	"yodel/store/records"
)

// JoinRequest is somebody at the door.
type JoinRequest struct {
	Room, Name, Passcode string
	Address              string // who is asking, for counting wrong passcodes
}

// Joined is what a newcomer learns. LastEventID lies just before its own peer-joined.
type Joined struct {
	Peer        Peer
	Peers       []Peer
	Call        *call.Call
	LastEventID string
}

// Join gives a newcomer a seat and begins its attendance; Done ends it.
//
// Errors: ErrPasscodeRequired, ErrPasscodeWrong, *LimitError, ErrFull, ErrTooManyRooms.
func (s *Service) Join(ctx context.Context, req JoinRequest) (*Attendance, Joined, error) {
	for {
		at, joined, err := s.tryJoin(ctx, req)
		if !errors.Is(err, ErrStale) { // else the room was made, or ran out, since we looked whether it asks for a passcode
			return at, joined, err
		}
	}
}

func (s *Service) tryJoin(ctx context.Context, req JoinRequest) (*Attendance, Joined, error) {
	record, err := s.record(req.Room)
	if err != nil {
		return nil, Joined{}, err
	}
	if err := s.checkPasscode(ctx, record, req); err != nil {
		return nil, Joined{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, Joined{}, fmt.Errorf("make peer id: %w", err)
	}
	m := Member{Room: req.Room, Peer: id.String(), Name: req.Name, Generation: record.Generation}
	p, result, err := s.seat(ctx, record, m, Peer{ID: m.Peer, Name: m.Name})
	if err != nil {
		return nil, Joined{}, err
	}
	s.log.Info("peer joined", "room", m.Room, "peer", m.Peer)
	return &Attendance{m, p}, Joined{
		Peer: result.st.seat(m.Peer).Peer, Peers: result.st.peers(), Call: result.st.public(), LastEventID: result.before.String(),
	}, nil
}

// JoinAgain answers a join by somebody who has a seat already.
func (s *Service) JoinAgain(ctx context.Context, a *Attendance) (Joined, error) {
	st, snapshot, err := s.load(ctx, a.Room)
	if err != nil {
		return Joined{}, err
	}
	mine := st.seat(a.Peer)
	if mine == nil {
		return Joined{}, ErrRevoked
	}
	return Joined{Peer: mine.Peer, Peers: st.peers(), Call: st.public(), LastEventID: snapshot.Last.String()}, nil
}

func (s *Service) checkPasscode(ctx context.Context, record records.Room, req JoinRequest) error {
	if record.PasscodeHash == "" {
		return nil
	}
	if req.Passcode == "" {
		return ErrPasscodeRequired
	}
	// Counted before it is checked, so that many at once do not get more tries.
	done, ok, retryAfter := s.attempts.Begin(ctx, req.Room+" "+req.Address)
	if !ok {
		return &LimitError{What: "passcodes", RetryAfter: retryAfter}
	}
	right, err := s.hasher.Verify(ctx, req.Passcode, record.PasscodeHash)
	done(err == nil && !right)
	if err != nil {
		return fmt.Errorf("verify passcode: %w", err)
	}
	if !right {
		return ErrPasscodeWrong
	}
	return nil
}

// Patch is what a peer changes of itself; nil leaves as it is.
type Patch struct {
	Name  *string
	Media MediaPatch
}

// Update changes a peer and tells the room, if there is a change.
func (s *Service) Update(ctx context.Context, a *Attendance, patch Patch) (Peer, error) {
	var result Peer
	_, err := s.change(ctx, a.Room, func(st *state) ([]roomChange, error) {
		mine := st.seat(a.Peer)
		if mine == nil {
			return nil, ErrRevoked
		}
		before := mine.Peer
		if patch.Name != nil {
			mine.Name = *patch.Name
		}
		mine.Media = patch.Media.apply(mine.Media)
		result = mine.Peer
		if result == before {
			return nil, errUnchanged
		}
		return []roomChange{updatedEvent(a.Room, result)}, nil
	})
	return result, err
}

// Name is what the peer is called now, for a token that is renewed.
func (s *Service) Name(ctx context.Context, a *Attendance) (string, error) {
	st, _, err := s.load(ctx, a.Room)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(st.Seats, func(p seat) bool { return p.ID == a.Peer })
	if i < 0 {
		return "", ErrRevoked
	}
	return st.Seats[i].Name, nil
}
