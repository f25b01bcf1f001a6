package memory

// CarryOn begins a new segment of the journal, as a sweep does.
func (s *Store) CarryOn() error { return s.carryOn() }
