// Package store is the contract of what keeps a room: its state and its log of events, in one order.
//
// A store carries opaque bytes. It knows rooms, who has a seat in them, and the order of events; it has never heard of
// WebRTC. Package storetest is this contract as tests; every backend passes it.
package store

import (
	"context"
	"time"
)

// Store keeps rooms. Where it outlives its process, it does so from the moment an operation returns, and a reader never
// sees another event in the place of one that it has seen. All methods are safe for concurrent use. A room begins to exist with its first Update or Watch and
// is freed once nobody has a seat in it, nobody watches it and its newest event is past retention; a room that is made
// again later has another epoch, so that a position in the old log is recognised as lost.
type Store interface {
	// Update applies fn to the state of room (and where its log stands) and appends the events it yields, as one step; then it wakes the room's
	// readers on every node. fn must be pure and quick: it may run again (compare and set) and may not call the store.
	// An error from fn is returned as it is, and nothing is changed; nor is it with ErrUnavailable. A room that did not exist is given to fn with the
	// zero State and its new epoch; where fn then fails it may go on existing for the retention. The events of an Update are never refused. Update returns the state and last position it led to.
	Update(ctx context.Context, room string, fn func(old Snapshot) (Change, error)) (Snapshot, error)

	// Append adds events to the room's log, all or none, and wakes its readers on every node. Readers see events in the
	// order of the returned records. An event whose From and MessageID repeat those of a kept event adds nothing and
	// returns the first one's record, whatever else it says; one without a MessageID is never a repeat.
	// The caller sees to it that no two events of one call have the same MessageID.
	//
	// Errors, each leaving the log untouched: *SeatError where From or To names nobody with a seat (in one step with
	// Update, so that nobody who left is sent anything); ErrLogFull where the log would hold more than it may;
	// ErrUnavailable; ErrRoomNotFound.
	Append(ctx context.Context, room string, events []Event) ([]*Record, error)

	// Load returns the room's state together with the position of the newest event, as one step.
	// ErrRoomNotFound: no such room.
	Load(ctx context.Context, room string) (Snapshot, error)

	// Read returns at most limit records after the given position, oldest first; none when there is nothing newer.
	// ErrPositionLost: the position is not in this log any more or never was (another epoch, too old, beyond the end).
	// ErrRoomNotFound: no such room. The records are shared: nobody may change them.
	Read(ctx context.Context, room string, after Position, limit int) ([]*Record, error)

	// Watch has wake called after every change of the room's log that happens after Watch returned, by any node. wake
	// must not block and must not take locks held while calling the store; calls may coincide. stop ends it; a call
	// under way may still finish. A watched room is not freed.
	Watch(ctx context.Context, room string, wake func()) (stop func(), err error)
}

// Counter is a rarer ability: how many rooms a store holds at the moment, for metrics and limits.
type Counter interface{ Rooms() int }

// Lister is a rarer ability: the rooms a store holds at the moment, in no order, for whoever goes on after a restart.
type Lister interface {
	Names(ctx context.Context) ([]string, error)
}

// State is what a room is at one moment, apart from its log. The store does not look into Data.
type State struct {
	Seats []string // ids of who may send and be sent to
	Data  []byte   // opaque; nil for a room that was never updated
}

// Change is what an Update makes of a room.
type Change struct {
	State  State
	Events []Event // appended in this order; may be empty
}

// Event is one entry on its way into the log.
type Event struct {
	From      string // seat of the sender; "" for the room itself
	To        string // seat of the only recipient; "" for everyone but the sender
	MessageID string // the sender's own id, by which a repeat is known; "" for none
	Type      string // a label for the reader, not interpreted
	Body      []byte // opaque
}

// Record is an event with its place in the room's order. Seq begins at 1 and rises by 1 with each event; an epoch that
// follows a lost log of the same room may go on counting where that ended.
type Record struct {
	Event
	Epoch  string
	Seq    uint64
	AtMsec int64 // when it was appended, Unix milliseconds
}

// Position is the place just after the record; its text is the event's id.
func (r *Record) Position() Position { return Position{Epoch: r.Epoch, Seq: r.Seq} }

// At is when the record was appended, in UTC with milliseconds.
func (r *Record) At() time.Time { return time.UnixMilli(r.AtMsec).UTC() }

// Snapshot is a room's state and the position of its newest event, taken as one step.
type Snapshot struct {
	State State
	Last  Position // Seq 0 where the log never held an event
}
