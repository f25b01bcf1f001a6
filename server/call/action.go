package call

import (
	"slices"
	"time"
)

// Accept lets Peer into the call: while it rings only the invited, even if they declined before; once it is active
// anyone of the room, as the last participant, until it is full. A participant's repeated Accept changes nothing.
// The caller of a ringing call is refused with ErrNotInvited.
type Accept struct{ Peer string }

func (a Accept) apply(r *Record, now time.Time) (bool, error) {
	switch {
	case r.State == StateEnded:
		return false, ErrOver
	case r.State == StateRinging && r.inviteOf(a.Peer) < 0:
		return false, ErrNotInvited
	case r.participates(a.Peer):
		return false, nil
	case len(r.Participants) >= r.Capacity:
		return false, ErrFull
	}
	r.join(a.Peer, now)
	return true, nil
}

// Decline stops the ringing for an invitee. Reason is ReasonDeclined or ReasonBusy; anything else counts as declined.
// It ends a ringing call in which nobody rings any more, never an active one. Whoever stopped ringing before
// repeats themselves; participants and those not invited get ErrNotInvited.
type Decline struct {
	Peer   string
	Reason Reason
}

func (a Decline) apply(r *Record, now time.Time) (bool, error) {
	was := r.invite(a.Peer)
	switch {
	case was == InviteDeclined, was == InviteBusy:
		return false, nil
	case r.State == StateEnded:
		return false, ErrOver
	case was == InviteLeft && !r.participates(a.Peer):
		return false, nil
	case was != InviteRinging:
		return false, ErrNotInvited
	}
	as := InviteDeclined
	if a.Reason == ReasonBusy {
		as = InviteBusy
	}
	r.stopRinging(a.Peer, as, now)
	return true, nil
}

// Hangup takes Peer out of the call, whatever they are in it: the caller of a ringing call cancels it, an invitee who
// still rings declines, a participant leaves. Reason is ReasonHangup or ReasonFailed (anything else counts as
// hangup) and becomes the call's if it ends by that. After the end, or by those who are out already, it changes
// nothing; by anyone else it is ErrNotInCall.
type Hangup struct {
	Peer   string
	Reason Reason
}

func (a Hangup) apply(r *Record, now time.Time) (bool, error) {
	why := ReasonHangup
	if a.Reason == ReasonFailed {
		why = ReasonFailed
	}
	if r.withdraw(a.Peer, InviteDeclined, why, now) {
		return true, nil
	}
	if r.State == StateEnded || r.invite(a.Peer) != "" || slices.Contains(r.Former, a.Peer) {
		return false, nil
	}
	return false, ErrNotInCall
}

// Gone says that Peer left the room or, with Expired, that their lease ran out. It is a Hangup by those who did not
// stay to say so: an invitee who rang has left, and a call that ends by an expired lease has failed.
type Gone struct {
	Peer    string
	Expired bool
}

func (a Gone) apply(r *Record, now time.Time) (bool, error) {
	why := ReasonHangup
	if a.Expired {
		why = ReasonFailed
	}
	return r.withdraw(a.Peer, InviteLeft, why, now), nil
}

// Arrived says that Peer joined the room or came back to it. While the call rings, an open one rings them too, and
// an invitee who had left rings again. Who declined stays declined.
type Arrived struct{ Peer string }

func (a Arrived) apply(r *Record, _ time.Time) (bool, error) {
	switch {
	case r.State != StateRinging:
		return false, nil
	case r.invite(a.Peer) == InviteLeft:
		r.mark(a.Peer, InviteRinging)
		return true, nil
	case r.Open:
		return r.ring(a.Peer), nil
	}
	return false, nil
}

// RingTimeout ends a call that nobody accepted in time. It changes nothing once somebody has, so a late timer is
// harmless.
type RingTimeout struct{}

func (RingTimeout) apply(r *Record, now time.Time) (bool, error) {
	if r.State != StateRinging {
		return false, nil
	}
	r.end(r.unanswered(), now)
	return true, nil
}
