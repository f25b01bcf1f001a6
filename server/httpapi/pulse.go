package httpapi

import (
	"math/rand/v2"
	"time"

	"yodel/server/room"
)

// pulse goes round the wheel until the streams are closed.
func (set *streams) pulse() {
	ticker := time.NewTicker(max(set.interval/slots, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-set.stop:
			return
		case now := <-ticker.C:
			for _, s := range set.step(now) {
				s.wake()
			}
		}
	}
}

// step looks at the streams of the next slot and returns those that have something to say. A stream that spoke since
// it was put there is moved to where its silence will be over.
func (set *streams) step(now time.Time) []*stream {
	tick := (set.interval / slots).Milliseconds()
	nowMs, intervalMs := set.millis(now), set.interval.Milliseconds()
	var due, gone []*stream
	set.mu.Lock()
	set.now = (set.now + 1) % slots
	for s := range set.wheel[set.now] {
		left := intervalMs - (nowMs - s.lastWrite.Load())
		switch {
		case nowMs >= s.oldAt:
			s.reader.MarkEnded(room.Goodbye{Reason: room.GoodbyeRefresh, RetryAfter: 50*time.Millisecond + rand.N(450*time.Millisecond)})
			due = append(due, s)
		case left <= tick/16: // so much after its slot the last heartbeat may have been written
			if set.hangups.Polled() || s.raw == nil || !s.raw.HungUp() {
				s.beat.Store(true)
				due = append(due, s)
			} else {
				gone = append(gone, s)
			}
		default:
			steps := int((left + tick - 1) / max(tick, 1))
			if slot := (set.now + min(max(steps, 1), slots)) % slots; slot != set.now {
				set.placeLocked(s, slot)
			}
		}
	}
	set.mu.Unlock()
	for _, s := range gone {
		s.close()
	}
	return due
}

func (set *streams) placeLocked(s *stream, slot int) {
	delete(set.wheel[s.slot], s)
	if set.wheel[slot] == nil {
		set.wheel[slot] = map[*stream]struct{}{}
	}
	set.wheel[slot][s] = struct{}{}
	s.slot = slot
}

// drainInput notices the end of a connection that only a blocking read tells of.
func (s *stream) drainInput() {
	var scratch [64]byte
	for {
		if _, err := s.conn.Read(scratch[:]); err != nil {
			s.close()
			return
		}
	}
}
