package room

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yodel/server/call"
	"yodel/store"
)

const (
	maxAway  = 128 // seats that are kept in mind after their lease ran out
	maxEnded = 256 // ended calls that can still be asked for, before a room has to wait until it may begin another
)

// errUndecodable says that what is stored of a room is none of ours: trying again does not help.
var errUndecodable = errors.New("decode room state")

// state is what the store keeps of a room, as JSON.
type state struct {
	Began   int64         `json:"began,omitempty"`   // when the first peer sat down, Unix milliseconds
	BeganIn string        `json:"beganIn,omitempty"` // the epoch of that moment
	Seats   []seat        `json:"seats,omitempty"`   // in order of joining
	Away    []seat        `json:"away,omitempty"`    // lease ran out, oldest first
	Faded   int64         `json:"faded,omitempty"`   // when the youngest peer was made that was dropped from them, Unix milliseconds
	Call    *call.Record  `json:"call,omitempty"`    // ringing or active
	Ended   []call.Record `json:"ended,omitempty"`   // oldest first

	epoch string // the epoch now: another where the store has lost some of what happened
}

// seat is a peer and from where in the log on it may see events.
type seat struct {
	Peer
	Since      uint64 `json:"since"`
	Generation string `json:"generation,omitempty"` // of the room record its token was made for, "" for an open room
}

func decodeState(of store.Snapshot) (state, error) {
	st := state{epoch: of.Last.Epoch}
	if len(of.State.Data) == 0 {
		return st, nil
	}
	if err := json.Unmarshal(of.State.Data, &st); err != nil {
		return st, fmt.Errorf("%w: %w", errUndecodable, err)
	}
	return st, nil
}

// change is the state as the store takes it, with the events that led to it.
func (st *state) change(events ...store.Event) (store.Change, error) {
	data, err := json.Marshal(st)
	if err != nil {
		return store.Change{}, fmt.Errorf("encode room state: %w", err)
	}
	ids := make([]string, len(st.Seats))
	for i := range st.Seats {
		ids[i] = st.Seats[i].ID
	}
	return store.Change{State: store.State{Seats: ids, Data: data}, Events: events}, nil
}

func (st *state) seat(peer string) *seat { return findSeat(st.Seats, peer) }

func (st *state) isAway(peer string) bool { return findSeat(st.Away, peer) != nil }

func findSeat(seats []seat, peer string) *seat {
	for i := range seats {
		if seats[i].ID == peer {
			return &seats[i]
		}
	}
	return nil
}

func (st *state) peers() []Peer {
	peers := make([]Peer, len(st.Seats))
	for i := range st.Seats {
		peers[i] = st.Seats[i].Peer
	}
	return peers
}

// others are the ids of everyone but one.
func (st *state) others(peer string) []string {
	var ids []string
	for i := range st.Seats {
		if st.Seats[i].ID != peer {
			ids = append(ids, st.Seats[i].ID)
		}
	}
	return ids
}

// public is the room's call for everybody in it; nil where none rings or is on.
func (st *state) public() *call.Call {
	if st.Call == nil {
		return nil
	}
	public := st.Call.Public()
	return &public
}

// sit gives p a seat; who was away comes back to what it may see.
func (st *state) sit(p Peer, since uint64, generation string) {
	if old := findSeat(st.Away, p.ID); old != nil {
		since = old.Since
		st.Away = slices.DeleteFunc(st.Away, func(s seat) bool { return s.ID == p.ID })
	}
	st.Seats = append(st.Seats, seat{Peer: p, Since: since, Generation: generation})
}

// rise takes a peer's seat and returns it; with away it is kept in mind.
func (st *state) rise(peer string, away bool) (seat, bool) {
	found := st.seat(peer)
	if found == nil {
		return seat{}, false
	}
	gone := *found
	st.Seats = slices.DeleteFunc(st.Seats, func(s seat) bool { return s.ID == peer })
	if away {
		st.Away = append(st.Away, gone)
		st.fade()
	}
	return gone, true
}

// fade drops those who have been away for longest where there are too many. That they were here once is still to be known.
func (st *state) fade() {
	for ; len(st.Away) > maxAway; st.Away = st.Away[1:] {
		if made, ok := madeAt(st.Away[0].ID); ok {
			st.Faded = max(st.Faded, made.UnixMilli())
		}
	}
}

// act applies an action to the ongoing call and returns the event that tells of a change.
func (st *state) act(room string, action call.Action, now time.Time) ([]store.Event, error) {
	if st.Call == nil {
		return nil, nil
	}
	next, err := st.Call.Apply(action, now)
	if err != nil || next.Revision == st.Call.Revision {
		return nil, err
	}
	st.Call = &next
	if next.State == call.StateEnded {
		st.Ended = append(st.Ended, next)
		st.Call = nil
	}
	return []store.Event{callEvent(room, next.Public())}, nil
}

// forget drops calls that ended too long ago.
func (st *state) forget(before time.Time) {
	st.Ended = slices.DeleteFunc(st.Ended, func(r call.Record) bool { return !r.EndedAt.After(before) })
	st.Ended = st.Ended[max(0, len(st.Ended)-4*maxEnded):] // without limits there is still this one
}

// find returns the call with this id, ongoing or ended not too long ago. Ids are UUIDs: their case says nothing.
func (st *state) find(id string, endedAfter time.Time) *call.Record {
	if st.Call != nil && strings.EqualFold(st.Call.ID, id) {
		return st.Call
	}
	for i := range st.Ended {
		if strings.EqualFold(st.Ended[i].ID, id) && st.Ended[i].EndedAt.After(endedAfter) {
			return &st.Ended[i]
		}
	}
	return nil
}
