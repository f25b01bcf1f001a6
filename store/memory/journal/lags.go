package journal

// Lags say which events of a room are younger than their time tells: nobody could read them while the server was down,
// so that is no part of their age.
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

// with adds that the events up to seq, which follow those there are, lag by msec.
func (l Lags) with(seq uint64, msec int64) Lags {
	if n := len(l); n > 0 && l[n-1].Msec == msec {
		l[n-1].UpTo = seq
		return l
	}
	return append(l, Lag{seq, msec})
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
