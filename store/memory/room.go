package memory

import (
	"slices"
	"strings"
	"sync"
	"time"

	"yodel/store"
	"yodel/store/memory/journal"
)

// recordOverhead is what a record costs beside its body, counted towards the log's limit.
const recordOverhead = 256

type messageKey struct{ from, id string }

type watcher struct{ wake func() }

type room struct {
	name  string // set once in newRoom
	epoch string // set once in newRoom

	mu      sync.Mutex
	state   store.State
	seq     uint64
	newest  int64           // no event that follows has an earlier time, Unix milliseconds
	log     []*store.Record // oldest first, without holes; entries are never overwritten, for readers hold parts of it
	lags    journal.Lags    // how much younger events are than their times tell, after a restart or where the clock was set
	bytes   int
	byKey   map[messageKey]*store.Record // nil until the first message with an id
	wakes   []*watcher                   // replaced whole, never changed in place
	touched time.Time                    // last change, for freeing
	freed   bool                         // no longer in the store's map
}

func newRoom(name string) *room {
	name = strings.Clone(name) // it may be a piece of a request
	return &room{name: name, epoch: store.NewEpoch(name), touched: time.Now()}
}

func (r *room) setStateLocked(state store.State) {
	r.state = state
	r.touched = time.Now()
}

func (r *room) snapshotLocked() store.Snapshot {
	return store.Snapshot{State: r.state, Last: store.Position{Epoch: r.epoch, Seq: r.seq}}
}

// admitLocked checks events that are about to be appended, and puts the records of those that repeat an earlier one into
// records.
func (r *room) admitLocked(events []store.Event, records []*store.Record, maxBytes int) error {
	bytes := r.bytes
	for i := range events {
		event := &events[i]
		if records[i] = r.repeatLocked(event); records[i] != nil {
			continue
		}
		from, sits := r.seatLocked(event.From)
		if !sits {
			return &store.SeatError{Index: i, Peer: event.From, Sender: true}
		}
		event.From = from
		if event.To != "" {
			to, sits := r.seatLocked(event.To)
			if !sits {
				return &store.SeatError{Index: i, Peer: event.To}
			}
			event.To = to
		}
		bytes += len(event.Body) + recordOverhead
	}
	if maxBytes > 0 && bytes > maxBytes && bytes > r.bytes {
		return store.ErrLogFull
	}
	return nil
}

// seatLocked finds a seat, and the one copy of its id that records share. A room has few, so it looks through all.
func (r *room) seatLocked(id string) (string, bool) {
	i := slices.Index(r.state.Seats, id)
	if i < 0 {
		return "", false
	}
	return r.state.Seats[i], true
}

func (r *room) repeatLocked(event *store.Event) *store.Record {
	if event.MessageID == "" {
		return nil
	}
	return r.byKey[messageKey{event.From, event.MessageID}]
}

// numberLocked makes a record of each event that has none, and tells whether there was any.
func (r *room) numberLocked(events []store.Event, records []*store.Record, at int64) bool {
	seq := r.seq
	for i := range events {
		if records[i] == nil {
			seq++
			records[i] = &store.Record{Event: events[i], Epoch: r.epoch, Seq: seq, AtMsec: at}
		}
	}
	return seq > r.seq
}

// appendLocked adds those of the records that are new.
func (r *room) appendLocked(records []*store.Record) {
	for _, record := range records {
		if record.Seq > r.seq {
			r.touched = time.Now()
			r.keepLocked(record)
		}
	}
}

func (r *room) keepLocked(record *store.Record) {
	r.seq, r.newest = record.Seq, record.AtMsec
	r.log = append(r.log, record)
	r.bytes += len(record.Body) + recordOverhead
	if record.MessageID != "" {
		if r.byKey == nil {
			r.byKey = map[messageKey]*store.Record{}
		}
		r.byKey[messageKey{record.From, record.MessageID}] = record
	}
}

func (r *room) readLocked(after store.Position, limit int) ([]*store.Record, error) {
	oldest := r.seq - uint64(len(r.log)) // position just before the oldest kept event
	if after.Epoch != r.epoch || after.Seq < oldest || after.Seq > r.seq {
		return nil, store.ErrPositionLost
	}
	newer := r.log[after.Seq-oldest:]
	if len(newer) > limit {
		newer = newer[:limit]
	}
	return newer[:len(newer):len(newer)], nil
}

// watchLocked adds a watcher and returns how to end it.
func (r *room) watchLocked(wake func()) func() {
	w := &watcher{wake: wake}
	r.wakes = append(slices.Clip(r.wakes), w)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.wakes = slices.DeleteFunc(slices.Clone(r.wakes), func(other *watcher) bool { return other == w })
		r.touched = time.Now()
	}
}

func (r *room) wakesLocked(changed bool) []*watcher {
	if !changed {
		return nil
	}
	return r.wakes
}
