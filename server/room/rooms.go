package room

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yodel/server/call"
	"yodel/store"
	"yodel/store/records"
)

// DefaultCallCapacity is how many a call in an open room may hold.
const DefaultCallCapacity = 2

// CreateRequest is a room to be made. Zero values: a name of ours, no passcode, the default capacity, no end.
type CreateRequest struct {
	Room, Passcode string
	CallCapacity   int
	Expires        time.Duration
}

// Info is what anybody may know of a room; Call is complete for its members only.
type Info struct {
	Room             string
	PeerCount        int
	CallCapacity     int
	PasscodeRequired bool
	Call             *call.Call
}

// Create makes a room that stays when nobody is in it. ErrExists: there is one of that name; ErrTooManyRooms.
func (s *Service) Create(ctx context.Context, req CreateRequest) (Info, error) {
	if s.cfg.MaxRooms > 0 && s.records.CountRooms() >= s.cfg.MaxRooms {
		return Info{}, ErrTooManyRooms
	}
	record := records.Room{ID: req.Room, Generation: uuid.NewString(), CallCapacity: req.CallCapacity, CreatedAt: time.Now().UTC()}
	if record.ID == "" {
		record.ID = NewName()
	}
	if record.CallCapacity == 0 {
		record.CallCapacity = DefaultCallCapacity
	}
	if req.Expires > 0 {
		record.ExpiresAt = record.CreatedAt.Add(req.Expires)
	}
	if err := s.roomForRoom(ctx, record.ID); err != nil {
		return Info{}, err
	}
	if err := s.refuseOccupied(ctx, record.ID); err != nil {
		return Info{}, err
	}
	if req.Passcode != "" {
		hash, err := s.hasher.Hash(ctx, req.Passcode)
		if err != nil {
			return Info{}, fmt.Errorf("hash passcode: %w", err)
		}
		record.PasscodeHash = hash
	}
	if err := s.addRecord(ctx, record); err != nil {
		return Info{}, err
	}
	s.log.Info("room created", "room", record.ID)
	return Info{Room: record.ID, CallCapacity: record.CallCapacity, PasscodeRequired: record.PasscodeHash != ""}, nil
}

// refuseOccupied: a passcode cannot be put on a room that people are in.
func (s *Service) refuseOccupied(ctx context.Context, room string) error {
	if _, err := s.records.Room(room); err == nil {
		return ErrExists
	} else if !errors.Is(err, records.ErrNotFound) {
		return fmt.Errorf("look up room: %w", err)
	}
	st, _, err := s.load(ctx, room)
	if err == nil && len(st.Seats) > 0 {
		return ErrExists
	}
	if err != nil && !errors.Is(err, store.ErrRoomNotFound) {
		return err
	}
	return nil
}

// addRecord keeps the record unless somebody sat down in an open room of the name meanwhile.
func (s *Service) addRecord(ctx context.Context, record records.Room) error {
	h, err := s.acquire(ctx, record.ID)
	if err != nil {
		return err
	}
	defer h.release()
	h.seating.Lock()
	defer h.seating.Unlock()
	if err := s.refuseOccupied(ctx, record.ID); err != nil {
		return err
	}
	err = s.records.AddRoom(record)
	if errors.Is(err, records.ErrExists) {
		return ErrExists
	}
	if err != nil {
		return fmt.Errorf("keep room: %w", err)
	}
	return nil
}

// Describe tells what is known of a room. ErrNotFound: nobody made it and nobody is in it.
func (s *Service) Describe(ctx context.Context, room string) (Info, error) {
	record, err := s.record(room)
	if err != nil {
		return Info{}, err
	}
	st, _, err := s.load(ctx, room)
	if err != nil && !errors.Is(err, store.ErrRoomNotFound) {
		return Info{}, err
	}
	if record.ID == "" && len(st.Seats) == 0 {
		return Info{}, ErrNotFound
	}
	return Info{
		Room: room, PeerCount: len(st.Seats), CallCapacity: capacity(record),
		PasscodeRequired: record.PasscodeHash != "", Call: st.public(),
	}, nil
}

func capacity(record records.Room) int {
	if record.CallCapacity == 0 {
		return DefaultCallCapacity
	}
	return record.CallCapacity
}

const (
	nameConsonants = "bdfghjklmnprstvz" // 16
	nameVowels     = "aeiou"            // 5, so 80 syllables of 6.3 bits
	nameWords      = 5
	nameSyllables  = 2 // in a word: ten in all are 63 bits
)

// NewName makes an unguessable room name that can be read out: five words of two syllables, 63 bits.
func NewName() string {
	var name []byte
	for word := range nameWords {
		if word > 0 {
			name = append(name, '-')
		}
		for range nameSyllables {
			name = append(name, pick(nameConsonants), pick(nameVowels))
		}
	}
	return string(name)
}

// pick chooses evenly: bytes that would favour the first letters are drawn again.
func pick(letters string) byte {
	var b [1]byte
	for {
		_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
		if int(b[0]) < 256-256%len(letters) {
			return letters[int(b[0])%len(letters)]
		}
	}
}
