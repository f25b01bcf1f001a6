package turnserver

import (
	"container/list"
	"time"
)

const (
	// strangerAge is how long a connection lives without an allocation, whatever it says: browsers allocate at once, and
	// have learnt long before what STUN alone tells.
	strangerAge = 30 * time.Second
	// maxStrangers is how many there may be. One more costs the oldest, which has had the most time.
	maxStrangers = 2048
)

// strangers are the connections without an allocation, the oldest first.
type strangers struct {
	most   int
	order  *list.List // of *watched
	places map[*watched]*list.Element
}

func newStrangers() strangers {
	return strangers{most: maxStrangers, order: list.New(), places: map[*watched]*list.Element{}}
}

// add returns the one that has to go for it, or nil.
func (s *strangers) add(w *watched) *watched {
	if s.places[w] != nil {
		return nil
	}
	s.places[w] = s.order.PushBack(w)
	if s.order.Len() <= s.most {
		return nil
	}
	oldest := s.order.Front().Value.(*watched)
	s.remove(oldest)
	return oldest
}

func (s *strangers) remove(w *watched) {
	if place := s.places[w]; place != nil {
		s.order.Remove(place)
		delete(s.places, w)
	}
}

// hold notes that the connection has an allocation more, or less. Without any it is a stranger once more.
func (w *watched) hold(by int) {
	w.mu.Lock()
	w.held += by
	if w.held == 0 {
		w.until = time.Now().Add(strangerAge)
	}
	_ = w.bePatientLocked() // the read under way included
	oldest := w.intake.sort(w, w.held == 0)
	w.mu.Unlock()
	if oldest != nil {
		_ = oldest.Close()
	}
}

// sort puts a connection among the strangers, or takes it out, and returns the one that has to go for it, or nil.
func (in *intake) sort(w *watched, stranger bool) *watched {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !stranger {
		in.strangers.remove(w)
		return nil
	}
	if in.conns[w.client] != w { // closed meanwhile
		return nil
	}
	return in.strangers.add(w)
}

func (in *intake) count() (open, strangers int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return int64(len(in.conns)), int64(in.strangers.order.Len())
}

// bePatient waits no longer than a client of its kind may be silent, or may stay.
func (w *watched) bePatient() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bePatientLocked()
}

func (w *watched) bePatientLocked() error {
	deadline := w.until
	if w.held > 0 {
		deadline = time.Now().Add(silenceTimeout)
	}
	return w.SetReadDeadline(deadline)
}
