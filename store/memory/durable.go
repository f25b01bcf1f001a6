package memory

import (
	"errors"
	"fmt"
	"time"

	"yodel/store"
	"yodel/store/memory/journal"
)

// Open returns a store with the rooms of the journal in opts.Dir, which it goes on writing. One process at a time may do so;
// its owner sees to that. Without a Dir it is New.
func Open(opts Options) (*Store, error) {
	if opts.Dir == "" {
		return New(opts), nil
	}
	begun := time.Now()
	j, rooms, report, err := journal.Open(opts.Dir, opts.Retention)
	if err != nil {
		return nil, err
	}
	s := prepare(opts)
	s.journal = j
	for _, kept := range rooms {
		s.rooms[kept.Name] = restored(kept)
	}
	s.opts.Log.Info("journal read", "rooms", report.Rooms, "events", report.Events, "duration", time.Since(begun))
	if report.Torn > 0 {
		s.opts.Log.Warn("journal ends in a record that was not written whole", "segments", report.Torn)
	}
	if report.Full {
		s.opts.Log.Error("disk is full: the journal is written on as it is")
	}
	if report.Lost {
		s.opts.Log.Warn("journal is incomplete, as after a loss of power: all rooms begin a new log")
	}
	s.done.Go(s.sweepRegularly)
	return s, nil
}

func restored(kept *journal.Room) *room {
	r := &room{name: kept.Name, epoch: kept.Epoch, touched: time.Now(), state: kept.State, seq: kept.Seq - uint64(len(kept.Log)), lags: kept.Lags}
	for _, record := range kept.Log {
		r.keepLocked(record)
	}
	r.newest = kept.Newest
	return r
}

// write has the journal keep what is about to happen to a room that the caller has locked: a new state, if not nil, and
// those of the records that are new, all of one time. Only then may it happen.
func (s *Store) write(r *room, state *store.State, records []*store.Record, at, lag int64) error {
	err := s.journal.Write(&journal.Step{Room: r.name, Epoch: r.epoch, After: r.seq, At: at, Lag: lag, State: state, Records: records})
	if failing := err != nil; failing != s.failing.Load() {
		s.failing.Store(failing)
		s.tell(err)
	}
	return err
}

// tell logs that the journal began to fail, or is well again.
func (s *Store) tell(err error) {
	if err != nil {
		s.opts.Log.Error("journal cannot be written, so nothing is accepted", "error", err)
	} else {
		s.opts.Log.Info("journal can be written again")
	}
}

// sweepJournal has the journal forget what is past retention.
func (s *Store) sweepJournal(horizon time.Time, carryOn bool) {
	var err error
	if carryOn {
		err = s.carryOn()
	}
	if err = errors.Join(err, s.journal.Expire(horizon)); err != nil {
		s.opts.Log.Error("journal cannot be swept", "error", err)
	}
}

// carryOn begins a new segment of the journal where the newest holds something new, and has it say what every room is
// like, so that older segments can go.
func (s *Store) carryOn() error {
	begun, err := s.journal.Rotate()
	if err != nil || !begun {
		return err
	}
	for _, r := range s.all() {
		if err := r.carry(s.journal); err != nil {
			return fmt.Errorf("carry room on: %w", err)
		}
	}
	s.journal.Complete()
	return nil
}

func (r *room) carry(j *journal.Journal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return j.Carry(&journal.Step{Room: r.name, Epoch: r.epoch, After: r.seq, At: r.newest, State: &r.state})
}
