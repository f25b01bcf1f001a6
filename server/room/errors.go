package room

import (
	"errors"
	"fmt"
	"time"

	"yodel/server/call"
)

var (
	// ErrNotFound says that there is no such room.
	ErrNotFound = errors.New("room not found")
	// ErrExists says that a room of this name exists already.
	ErrExists = errors.New("room exists")
	// ErrFull says that the room has no free seat.
	ErrFull = errors.New("room is full")
	// ErrPasscodeRequired says that the room asks for a passcode and none was given.
	ErrPasscodeRequired = errors.New("passcode required")
	// ErrPasscodeWrong says that the passcode given is not the room's.
	ErrPasscodeWrong = errors.New("passcode wrong")
	// ErrRevoked says that the peer left for good; its token is worth nothing any more.
	ErrRevoked = errors.New("token revoked")
	// ErrStale says that the token was made for an earlier room of the same name.
	ErrStale = errors.New("token is of an earlier room")
	// ErrPeerNotFound says that a peer left, or never was in the room.
	ErrPeerNotFound = errors.New("peer not found")
	// ErrPeerAway says that a peer's lease ran out, or that it has not come back since a restart; it still may.
	ErrPeerAway = errors.New("peer is away")
	// ErrCallNotFound says that the room has no such call, or that it ended too long ago.
	ErrCallNotFound = errors.New("call not found")
	// ErrTooManyRooms says that the server holds as many rooms as it may.
	ErrTooManyRooms = errors.New("too many rooms")
)

// CallExistsError says that the room has a call already.
type CallExistsError struct{ Call call.Call }

func (e *CallExistsError) Error() string { return "a call is " + string(e.Call.State) + " already" }

// LimitError says that somebody is too fast, and when to try again.
type LimitError struct {
	What       string // messages, calls or passcodes
	RetryAfter time.Duration
}

func (e *LimitError) Error() string { return "too many " + e.What }

// ElementError names the element of an array that an error is about.
type ElementError struct {
	Index int // -1 for a message that came alone
	Field string
	Err   error
}

func (e *ElementError) Error() string { return fmt.Sprintf("[%d].%s: %v", e.Index, e.Field, e.Err) }
func (e *ElementError) Unwrap() error { return e.Err }
