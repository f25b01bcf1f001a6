package store

import "errors"

var (
	// ErrRoomNotFound says that the store holds no such room.
	ErrRoomNotFound = errors.New("room not found")
	// ErrLogFull says that the room's log holds as much as it may; older events have to run out first.
	ErrLogFull = errors.New("room log is full")
	// ErrUnavailable says that the store cannot keep anything at the moment, as when its disk is full. Nothing was changed,
	// and the same may work soon.
	ErrUnavailable = errors.New("the store cannot keep anything at the moment")
	// ErrPositionLost says that a position cannot be placed in the room's log.
	ErrPositionLost = errors.New("position is not in the log")
)

// SeatError says that an event names somebody who has no seat.
type SeatError struct {
	Index  int    // which of the events
	Peer   string // whom it names
	Sender bool   // as its sender, rather than its recipient
}

func (e *SeatError) Error() string {
	if e.Sender {
		return "the sender has no seat in the room"
	}
	return "the recipient has no seat in the room"
}
