package memory

import "time"

// CarryOn begins a new segment of the journal, as a sweep does.
func (s *Store) CarryOn() error { return s.carryOn() }

// By has the time of day be what a function says.
func (o Options) By(now func() time.Time) Options {
	o.now = now
	return o
}
