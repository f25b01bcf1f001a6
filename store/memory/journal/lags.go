package journal

import "slices"

// Lags say which events of a room are younger, or older, than their time tells: nobody could read them while the server was
// down, so that is no part of their age; and the clock that the time is from may be set.
type Lags []Lag

// Lag is for the events up to a sequence number and beyond that of the lag before it.
type Lag struct {
	UpTo uint64
	Msec int64
}

// Of is how much younger an event is.
func (l Lags) Of(seq uint64) int64 {
	for _, lag := range l {
		if seq <= lag.UpTo {
			return lag.Msec
		}
	}
	return 0
}

// With adds that the events after one number up to another, which are the newest, lag by msec.
func (l Lags) With(after, upTo uint64, msec int64) Lags {
	n := len(l)
	if msec == 0 || upTo == after {
		return l
	}
	if n > 0 && l[n-1].Msec == msec && l[n-1].UpTo == after {
		l[n-1].UpTo = upTo
		return l
	}
	if n == 0 || l[n-1].UpTo < after { // those between lag by nothing
		l = append(l, Lag{after, 0})
	}
	return append(l, Lag{upTo, msec})
}

// From forgets lags of events before seq.
func (l Lags) From(seq uint64) Lags {
	return slices.DeleteFunc(l, func(lag Lag) bool { return lag.UpTo < seq })
}

// later makes all events up to seq younger by msec.
func (l Lags) later(seq uint64, msec int64) Lags {
	for i := range l {
		l[i].Msec += msec
	}
	if n := len(l); n == 0 || l[n-1].UpTo < seq {
		l = append(l, Lag{seq, msec})
	}
	return l
}
