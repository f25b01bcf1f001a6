package memory

import (
	"maps"
	"slices"
	"sort"
	"time"

	"yodel/store"
)

// slack is how many old records may lie at the head of a log before an append clears them away: clearing copies the
// rest, so it is done rarely enough to cost each append next to nothing. The sweep leaves none.
const slack = 64

// sweepRegularly frees old events and idle rooms, four times per retention, and has a new segment of the journal begin every
// other time.
func (s *Store) sweepRegularly() {
	ticker := time.NewTicker(max(s.opts.Retention/4, time.Millisecond))
	defer ticker.Stop()
	for turn := 1; ; turn++ {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.sweep(now.Add(-s.opts.Retention), s.horizon(s.clock.now()))
			if s.journal != nil {
				s.sweepJournal(now.Add(-s.opts.Retention), turn%2 == 0)
			}
		}
	}
}

// all are the rooms of this moment.
func (s *Store) all() []*room {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.rooms))
}

func (s *Store) sweep(horizon time.Time, age int64) {
	for _, r := range s.all() {
		r.mu.Lock()
		r.dropLocked(r.oldLocked(age))
		idle := r.idleLocked(horizon)
		r.mu.Unlock()
		if idle {
			s.free(r, horizon)
		}
	}
}

// free takes an idle room out of the map, unless somebody came back meanwhile.
func (s *Store) free(r *room, horizon time.Time) {
	s.mu.Lock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idleLocked(horizon) {
		r.freed = true
		delete(s.rooms, r.name)
	}
	s.mu.Unlock()
	if r.freed && s.journal != nil {
		_ = s.journal.Free(r.name, r.epoch) // where that fails, the next process frees the room again
	}
}

func (r *room) idleLocked(horizon time.Time) bool {
	return len(r.state.Seats) == 0 && len(r.wakes) == 0 && len(r.log) == 0 && r.touched.Before(horizon)
}

// trimLocked clears old records away once they are the larger half, which makes it cheap however long the log is.
func (r *room) trimLocked(horizon int64) {
	middle := max(slack, len(r.log)/2)
	if middle < len(r.log) && r.sinceLocked(r.log[middle]) < horizon {
		r.dropLocked(r.oldLocked(horizon))
	}
}

// sinceLocked is the age from which the retention of a record counts: its time, but for when the server was down and for how
// the clock was set.
func (r *room) sinceLocked(record *store.Record) int64 { return record.AtMsec + r.lags.Of(record.Seq) }

// oldLocked counts the records from before the horizon; ages never fall along the log.
func (r *room) oldLocked(horizon int64) int {
	return sort.Search(len(r.log), func(i int) bool { return r.sinceLocked(r.log[i]) >= horizon })
}

func (r *room) dropLocked(count int) {
	if count == 0 {
		return
	}
	for _, record := range r.log[:count] {
		r.bytes -= len(record.Body) + recordOverhead
		if record.MessageID != "" {
			delete(r.byKey, messageKey{record.From, record.MessageID})
		}
	}
	r.log = slices.Clone(r.log[count:]) // readers may still hold parts of the old one
	if len(r.log) == 0 {
		r.log, r.byKey = nil, nil
	}
	r.lags = r.lags.From(r.seq - uint64(len(r.log)) + 1)
}
