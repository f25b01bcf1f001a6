package journal

import (
	"sort"
	"time"

	"yodel/store"
)

// Room is what a journal knows of a room.
type Room struct {
	Name, Epoch string
	Seq         uint64 // of the newest event
	Newest      int64  // no event that follows may have an earlier time, Unix milliseconds
	State       store.State
	Log         []*store.Record // up to Seq, without holes
	Lags        Lags
}

// take adds what happened next.
func (r *Room) take(s *Step) {
	if r.Seq != s.After { // something is missing: its readers have to be told, so nothing before it is kept
		r.Log, r.Lags, r.Seq = nil, nil, s.After
	}
	if s.State != nil {
		r.State = *s.State
	}
	r.Newest = max(r.Newest, s.At)
	if len(s.Records) == 0 {
		return
	}
	r.Log = append(r.Log, s.Records...)
	r.Seq += uint64(len(s.Records))
	r.Lags = r.Lags.With(s.After, r.Seq, s.Lag)
}

// since is the time from which the retention of an event counts, Unix milliseconds.
func (r *Room) since(record *store.Record) int64 { return record.AtMsec + r.Lags.Of(record.Seq) }

// wake has the newest event be of this moment, as far as its age goes, whatever the clock was set to meanwhile, and drops
// those that are past retention then.
func (r *Room) wake(now time.Time, retention time.Duration) {
	if len(r.Log) > 0 {
		r.Lags = r.Lags.later(r.Seq, now.UnixMilli()-r.since(r.Log[len(r.Log)-1]))
	}
	r.Newest = max(r.Newest, now.UnixMilli())
	horizon := now.Add(-retention).UnixMilli()
	old := sort.Search(len(r.Log), func(i int) bool { return r.since(r.Log[i]) >= horizon })
	r.drop(old)
}

// trim drops the older half of a log that is all past retention, measured from the newest event: so a log that is being
// read never takes much more memory than it did when it was written.
func (r *Room) trim(retention time.Duration) {
	const few = 64
	if middle := len(r.Log) / 2; middle > few {
		if r.since(r.Log[middle]) < r.since(r.Log[len(r.Log)-1])-retention.Milliseconds() {
			r.drop(middle)
		}
	}
}

func (r *Room) drop(count int) {
	if r.Log = r.Log[count:]; len(r.Log) == 0 {
		r.Log, r.Lags = nil, nil
	}
}

// begin gives the room a log of its own, empty, that no position of the old one fits. It goes on counting where the old
// one ended, because the room's Data may speak of sequence numbers.
func (r *Room) begin() {
	r.Epoch = store.NewEpoch(r.Name)
	r.Log, r.Lags = nil, nil
}

// steps are what has to be written to have this room again, but for its records' Epoch and Seq.
func (r *Room) steps(write func(*Step) error) error {
	step := Step{Room: r.Name, Epoch: r.Epoch, After: r.Seq - uint64(len(r.Log)), At: r.Newest, State: &r.State}
	for rest := r.Log; len(rest) > 0; {
		together := r.together(rest)
		step.At, step.Lag, step.Records = rest[0].AtMsec, r.Lags.Of(rest[0].Seq), rest[:together]
		if err := write(&step); err != nil {
			return err
		}
		step.After, step.State = rest[together-1].Seq, nil
		rest = rest[together:]
	}
	step.At, step.Lag, step.Records = r.Newest, 0, nil
	return write(&step)
}

// together counts the records at the head of the log that fit into one step.
func (r *Room) together(log []*store.Record) int {
	size := 0
	for i, record := range log {
		size += len(record.Body)
		if record.AtMsec != log[0].AtMsec || r.Lags.Of(record.Seq) != r.Lags.Of(log[0].Seq) || i > 0 && size > 64<<10 {
			return i
		}
	}
	return len(log)
}
