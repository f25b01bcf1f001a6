package memory

import (
	"sync/atomic"
	"time"
)

// slew is how far the time of day may be off before that counts as a step: less is the ordinary correction of a clock.
const slew = 2 * time.Second

// clock tells the age of events, for which the time of day is no good: it may be set in mid-life. Ages run evenly with a
// clock that is never set, and are told in milliseconds near those of the time of day, so that the two can be compared
// where nobody set anything.
type clock struct {
	now    func() time.Time     // the time of day
	since  func() time.Duration // that has passed, whatever is set
	start  int64                // Unix milliseconds when since began
	offset atomic.Int64         // milliseconds by which the time of day was set since
}

func newClock(now func() time.Time) *clock {
	if now == nil {
		now = time.Now
	}
	began := time.Now()
	return &clock{now: now, since: func() time.Duration { return time.Since(began) }, start: began.UnixMilli()}
}

// age is what an event of this moment is kept by: milliseconds that never jump.
func (c *clock) age(now time.Time) int64 {
	was := c.offset.Load()
	set := now.UnixMilli() - c.start - c.since().Milliseconds()
	if off := set - was; off > slew.Milliseconds() || off < -slew.Milliseconds() {
		c.offset.CompareAndSwap(was, set)
		was = set
	}
	return now.UnixMilli() - was
}

// lag is what has to be added to the time of an event to tell its age by.
func (c *clock) lag(now time.Time, at int64) int64 {
	if lag := c.age(now) - at; lag > slew.Milliseconds() || lag < -slew.Milliseconds() {
		return lag
	}
	return 0
}
