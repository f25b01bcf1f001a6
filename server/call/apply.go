package call

import (
	"slices"
	"time"
)

// maxFormer bounds what a call remembers of those who left it; beyond, the longest gone are forgotten, and would be
// told ErrNotInCall on hanging up again.
const maxFormer = 64

// Action is something that happens to a call: [Accept], [Decline] and [Hangup] are asked for by a peer and may be
// refused; [Gone], [Arrived] and [RingTimeout] are facts and never are.
type Action interface {
	// apply changes r, whose slices it owns, and reports whether it did. An error comes with no change.
	apply(r *Record, now time.Time) (changed bool, err error)
}

// Apply returns the record after a. Revision is one higher where something changed; where a repeats what was done,
// or is no concern of the call, the same record comes back. A refusal is ErrFull, ErrOver, ErrNotInvited or
// ErrNotInCall, with the record as it was. r itself is never changed.
func (r Record) Apply(a Action, now time.Time) (Record, error) {
	next := r
	next.Invited = slices.Clone(r.Invited)
	next.Participants = slices.Clone(r.Participants)
	next.Former = slices.Clone(r.Former)

	changed, err := a.apply(&next, now)
	if err != nil || !changed {
		return r, err
	}
	next.Revision++
	return next, nil
}

// join makes peer the last participant. The first to join a ringing call makes it active.
func (r *Record) join(peer string, now time.Time) {
	if r.State == StateRinging {
		r.State = StateActive
		at := At(now)
		r.AnsweredAt = &at
	}
	r.Participants = append(r.Participants, peer)
	r.Former = slices.DeleteFunc(r.Former, func(p string) bool { return p == peer })
	r.mark(peer, InviteAccepted)
}

// leave takes peer out of an active call, which ends for why when fewer than two are left. Who is left stays in
// Participants: they are the last who were in it.
func (r *Record) leave(peer string, why Reason, now time.Time) {
	r.Participants = slices.DeleteFunc(r.Participants, func(p string) bool { return p == peer })
	r.Former = append(r.Former, peer)
	if extra := len(r.Former) - maxFormer; extra > 0 {
		r.Former = slices.Delete(r.Former, 0, extra)
	}
	r.mark(peer, InviteLeft)
	if len(r.Participants) < minCapacity {
		r.end(why, now)
	}
}

// withdraw takes peer out of the call by whatever way leads out of it, and reports whether there was one: the caller
// cancels, an invitee who rings stops (their invitation becomes as), a participant leaves for why.
func (r *Record) withdraw(peer string, as InviteState, why Reason, now time.Time) bool {
	switch {
	case r.State == StateEnded:
		return false
	case r.State == StateRinging && peer == r.Caller:
		r.end(ReasonCancelled, now)
	case r.invite(peer) == InviteRinging:
		r.stopRinging(peer, as, now)
	case r.participates(peer):
		r.leave(peer, why, now)
	default:
		return false
	}
	return true
}

// stopRinging notes that invitee peer rings no more, and ends a ringing call in which nobody does.
func (r *Record) stopRinging(peer string, as InviteState, now time.Time) {
	r.mark(peer, as)
	if r.State == StateRinging && !r.anyInvited(InviteRinging) {
		r.end(r.unanswered(), now)
	}
}

// mark sets the state of peer's invitation, if they have one.
func (r *Record) mark(peer string, s InviteState) {
	if i := r.inviteOf(peer); i >= 0 {
		r.Invited[i].State = s
	}
}

// unanswered is the reason to end a call that nobody accepted.
func (r *Record) unanswered() Reason {
	switch {
	case r.anyInvited(InviteDeclined):
		return ReasonDeclined
	case r.anyInvited(InviteBusy):
		return ReasonBusy
	}
	return ReasonTimeout
}

// end is the last change of a call.
func (r *Record) end(why Reason, now time.Time) {
	r.State, r.Reason = StateEnded, why
	at := At(now)
	r.EndedAt = &at
}
