// Package call is a room's call as a pure state machine: a call, an action and the time go in; the changed call, the
// same call or a refusal comes out. It keeps no clock, makes no ids and holds no lock, so that whoever stores a
// [Record] may run the same action again after a lost compare-and-set.
//
// A call goes ringing → active → ended and never back. Every change raises its revision by one.
package call

import "slices"

// State says where a call stands.
type State string

// The states of a call, in the only order they follow each other. Ringing may be followed by ended directly.
const (
	StateRinging State = "ringing" // the caller waits, nobody has accepted yet
	StateActive  State = "active"  // two or more participants are in it
	StateEnded   State = "ended"   // over for good; Reason says why
)

// Reason says why a call ended; empty while it has not.
type Reason string

// Why a call ended.
const (
	ReasonCancelled Reason = "cancelled" // the caller hung up, left or expired while it rang
	ReasonDeclined  Reason = "declined"  // nobody rings any more, and somebody declined
	ReasonBusy      Reason = "busy"      // nobody rings any more, nobody declined, and somebody was busy
	ReasonTimeout   Reason = "timeout"   // nobody answered
	ReasonHangup    Reason = "hangup"    // fewer than two participants were left
	ReasonFailed    Reason = "failed"    // so too, and the last to go had lost the connection
)

// InviteState says how somebody who was asked into a call stands to it.
type InviteState string

// What an invitee may be doing. Who still rings in an ended call has missed it.
const (
	InviteRinging  InviteState = "ringing"  // asked, no answer yet
	InviteAccepted InviteState = "accepted" // is a participant
	InviteDeclined InviteState = "declined" // said no; may still change their mind
	InviteBusy     InviteState = "busy"     // is in another call elsewhere, by their own word
	InviteLeft     InviteState = "left"     // left the room while it rang, or was a participant and left
)

// Invitee is one peer asked into a call.
type Invitee struct {
	Peer  string      `json:"peer"` // peer id
	State InviteState `json:"state"`
}

// Call is what everyone in the room may see of a call; its JSON is the call of the HTTP contract.
type Call struct {
	ID       string `json:"id"`
	Room     string `json:"room"`
	Revision int    `json:"revision"` // starts at 1, one more with every change
	State    State  `json:"state"`
	Reason   Reason `json:"reason,omitempty"` // set exactly when State is ended
	Video    bool   `json:"video"`            // whether the caller asks for video
	Note     string `json:"note,omitempty"`
	Caller   string `json:"caller"` // peer id

	Invited      []Invitee `json:"invited"`      // in the order they were asked; never nil, the caller is never among them
	Participants []string  `json:"participants"` // peer ids in order of joining, each once; never nil; the caller from the start

	CreatedAt  Time  `json:"createdAt"`
	AnsweredAt *Time `json:"answeredAt,omitempty"` // nil until somebody accepts
	EndedAt    *Time `json:"endedAt,omitempty"`    // nil until it is over
}

// Record is a call with what only the server knows of it. It is what the store keeps: its JSON reads back as the
// same record. Records are values: nothing here changes a slice that another record may share.
type Record struct {
	Call
	Open     bool     `json:"open,omitempty"`   // whoever joins the room while it rings is invited too
	Former   []string `json:"former,omitempty"` // peer ids of those who were in it and left, so that their repeated hangup is no error
	Capacity int      `json:"capacity"`         // most participants at a time
}

// Public is the part of r that may leave the server. It shares r's slices: read only.
func (r Record) Public() Call { return r.Call }

// Busy reports whether peer is tied up in the call: its caller while it rings, or a participant. Such a peer gets
// the longer lease, so that a call outlives a change of network.
func (r Record) Busy(peer string) bool {
	return r.State != StateEnded && r.participates(peer)
}

// participates reports whether peer is a participant; from the first moment the caller is one.
func (r *Record) participates(peer string) bool { return slices.Contains(r.Participants, peer) }

// inviteOf is where peer's invitation stands in r.Invited, or -1.
func (r *Record) inviteOf(peer string) int {
	return slices.IndexFunc(r.Invited, func(i Invitee) bool { return i.Peer == peer })
}

// invite is the state of peer's invitation, or "" for somebody who was not invited.
func (r *Record) invite(peer string) InviteState {
	if i := r.inviteOf(peer); i >= 0 {
		return r.Invited[i].State
	}
	return ""
}

// anyInvited reports whether some invitee's state is s.
func (r *Record) anyInvited(s InviteState) bool {
	return slices.ContainsFunc(r.Invited, func(i Invitee) bool { return i.State == s })
}
