package main

import (
	"fmt"
	"slices"

	"yodel/store"
)

// verdict is what came of a schedule.
type verdict struct {
	lost, repeated int
	wrong          []string
}

func (v *verdict) note(format string, args ...any) {
	v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
}

// decide compares what every reader heard with what was acknowledged: in each of a reader's spans exactly the messages
// that were meant for it, in the order of the writer. The last span has no end: whatever was acknowledged came.
func decide(w *writer, readers []*reader) verdict {
	var v verdict
	v.judgeOrder(w.messages)
	for _, r := range readers {
		r.mu.Lock()
		for i, s := range r.spans {
			if i > 0 {
				v.judgeLoss(r, s)
			}
			v.judgeSpan(r, w.messages, s, i == len(r.spans)-1)
		}
		r.mu.Unlock()
	}
	return v
}

// judgeOrder: the room's order of the writer's messages is the writer's, as long as it is one log.
func (v *verdict) judgeOrder(messages []*message) {
	var last store.Position
	for _, m := range messages {
		if m.event == "" {
			continue
		}
		this, _ := store.ParsePosition(m.event)
		if this.Epoch == last.Epoch && this.Seq <= last.Seq {
			v.note("message %d is event %s, behind sequence number %d", m.n, m.event, last.Seq)
		}
		last = this
	}
}

// judgeLoss: a place is lost only with the log, or where what followed it is too old. Who lost its seat comes back to it.
func (v *verdict) judgeLoss(r *reader, s span) {
	asked, _ := store.ParsePosition(s.asked)
	start, _ := store.ParsePosition(s.start)
	forgotten := s.why == "restart" && r.w.memory != everything && asked.Epoch != start.Epoch
	tooOld := s.why == "gap" && asked.Epoch == start.Epoch && s.age > r.w.keeps
	if !forgotten && !tooOld {
		v.note("%s lost its place %s, %v old at most, for %s, and goes on from %s", r.name, s.asked, s.age, s.why, s.start)
	}
}

// judgeSpan: what was heard is what was meant.
func (v *verdict) judgeSpan(r *reader, messages []*message, s span, open bool) {
	start, _ := store.ParsePosition(s.start)
	last, _ := store.ParsePosition(s.last)
	exempt := map[string]bool{}
	var want []*message
	for _, m := range messages {
		at, _ := store.ParsePosition(m.event)
		exempt[m.id] = m.loose || m.took > r.w.keeps || r.w.memory != everything && m.doubtful && at.Epoch != start.Epoch // taken by a log that is lost
		if m.event != "" && (m.to == nil || m.to == r) && at.Epoch == start.Epoch && at.Seq > start.Seq && (open || at.Seq <= last.Seq) {
			want = append(want, m)
		}
	}
	count := map[string]int{}
	var got []heard
	for _, h := range s.heard {
		count[h.messageID]++
		if !exempt[h.messageID] {
			got = append(got, h)
		}
	}
	for _, m := range messages {
		if n := count[m.id]; n > 1 && m.took <= r.w.keeps { // as long as a repeat is surely known
			v.repeated += n - 1
			v.note("%s heard message %d %d times", r.name, m.n, n)
		}
	}
	for _, m := range want {
		if count[m.id] == 0 {
			v.lost++
			v.note("%s never heard message %d, event %s, in the span from %s", r.name, m.n, m.event, s.start)
		}
	}
	v.compare(r, slices.DeleteFunc(want, func(m *message) bool { return exempt[m.id] }), got)
}

// compare looks at each message and its place.
func (v *verdict) compare(r *reader, want []*message, got []heard) {
	for i, h := range got {
		if i >= len(want) {
			v.note("%s heard message %d, event %s, which was not meant for it or not acknowledged", r.name, h.n, h.id)
			return
		}
		m := want[i]
		if h.messageID != m.id || h.id != m.event || h.n != m.n || h.text != m.text {
			v.note("%s heard %d as event %s (%d bytes) where %d, event %s (%d bytes), was due", r.name, h.n, h.id, len(h.text), m.n, m.event, len(m.text))
			return
		}
	}
}
