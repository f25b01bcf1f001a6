// Package records keeps what must outlive a restart: the rooms somebody made on purpose, the revoked tokens, and the
// secret that tokens are signed with. Bolt keeps them in one file, Memory (--data-dir=none) until the process ends.
//
// It is apart from the store of peers, calls and events: that one is fast and may be lost, this one is small and may not.
package records

import (
	"errors"
	"time"
)

var (
	// ErrNotFound says there is no such room, or its time is over.
	ErrNotFound = errors.New("room record not found")
	// ErrExists says a room of that id is there already.
	ErrExists = errors.New("room record exists")
	// ErrInUse says another process has the data directory open.
	ErrInUse = errors.New("data directory is in use by another process")
	// ErrDamaged says a file is cut short or garbled.
	ErrDamaged = errors.New("the file is damaged: put a backup in its place, or remove it, " +
		"after which every token is void and every room made on purpose is gone")
)

// Room is a room made by POST /rooms. An open room, made by the first to join it, has no record.
type Room struct {
	ID string `json:"id"`
	// Generation tells this room from an earlier one of the same id; tokens carry it.
	Generation string `json:"generation"`
	// PasscodeHash is a PHC string; empty: no passcode.
	PasscodeHash string `json:"passcodeHash,omitempty"`
	// CallCapacity is how many may be in its call, 2 to 8.
	CallCapacity int       `json:"callCapacity"`
	CreatedAt    time.Time `json:"createdAt"`
	// ExpiresAt is the first moment at which the room is no more. Zero: never.
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// expired says whether the room's time is over.
func (r Room) expired(now time.Time) bool { return !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) }

// Store is what both keepers promise. All methods are safe for concurrent use; a change that was answered without error
// is seen by every later call. Errors other than those named are failures of the disk.
type Store interface {
	// Room returns the record of id. ErrNotFound: there is none, or it has expired.
	Room(id string) (Room, error)
	// AddRoom keeps r. ErrExists: there is one of that id, unless that one has expired, which r then replaces.
	AddRoom(r Room) error
	// DeleteRoom forgets the record of id, if there is one.
	DeleteRoom(id string) error
	// CountRooms is the number of records kept, those included that have expired since the last Purge.
	CountRooms() int

	// Revoke makes Revoked say true for peer until the moment given, which should be when its last token expires.
	// Revoked twice, the later moment counts.
	Revoke(peer string, until time.Time) error
	// Revoked says whether the tokens of peer are worth nothing. It is for peers without a seat: whoever has one has not
	// left, so the hot path need not ask.
	Revoked(peer string) (bool, error)

	// Secret returns the 32 random bytes made when the store was, the same ones ever after.
	Secret() []byte

	// Purge forgets the rooms and revocations whose time is over by now. Nothing purges by itself: whoever opened the
	// store calls it, every few minutes.
	Purge(now time.Time) error
	// Close gives the file back. No other method may be called after it; a second Close does nothing.
	Close() error
}

// secretLength is what HS256 asks for (RFC 7518 §3.2), in bytes.
const secretLength = 32
