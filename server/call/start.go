package call

import "time"

// minCapacity is the least a call may hold: itself and another.
const minCapacity = 2

// Start says what call to begin. The room has checked it: ids are known, the caller is present.
type Start struct {
	ID, Room string
	Caller   string   // peer id
	To       []string // peer ids to ring; nil means everyone present
	Present  []string // peer ids of the others in the room
	Open     bool     // also ring whoever joins while it rings
	Video    bool
	Note     string
	Capacity int // most participants at a time; less than 2 means 2
}

// New begins a call at revision 1. It rings, with the caller as its first participant; nobody is invited twice, and
// the caller never.
func New(s Start, now time.Time) Record {
	r := Record{
		Call: Call{
			ID: s.ID, Room: s.Room, Revision: 1, State: StateRinging,
			Video: s.Video, Note: s.Note, Caller: s.Caller,
			Invited:      []Invitee{},
			Participants: []string{s.Caller},
			CreatedAt:    At(now),
		},
		Open:     s.Open,
		Capacity: max(s.Capacity, minCapacity),
	}
	to := s.To
	if to == nil {
		to = s.Present
	}
	for _, peer := range to {
		r.ring(peer)
	}
	return r
}

// ring invites peer unless they are invited already or the caller.
func (r *Record) ring(peer string) (changed bool) {
	if peer == r.Caller || r.inviteOf(peer) >= 0 {
		return false
	}
	r.Invited = append(r.Invited, Invitee{Peer: peer, State: InviteRinging})
	return true
}
