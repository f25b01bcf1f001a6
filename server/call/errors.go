package call

import "errors"

// Why an action is refused. A refused action leaves the record as it was.
var (
	// ErrFull: the call has as many participants as it may.
	ErrFull = errors.New("call: full")
	// ErrOver: the call has ended and cannot be accepted or declined any more.
	ErrOver = errors.New("call: over")
	// ErrNotInvited: while it rings only the invited accept, only they decline, and the caller does neither.
	ErrNotInvited = errors.New("call: not invited")
	// ErrNotInCall: only participants, and the invited, hang up.
	ErrNotInCall = errors.New("call: not in call")
)
