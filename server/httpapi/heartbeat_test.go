package httpapi

import (
	"testing"
	"time"

	"yodel/server/room"
)

func TestAHeartbeatComesAfterSilence(t *testing.T) {
	for _, phase := range []time.Duration{0, time.Millisecond, slotLength / 8, slotLength / 3, slotLength / 2, slotLength - time.Millisecond} {
		inBubble(t, func(h *house) {
			time.Sleep(time.Minute + phase)
			e := h.join("r", "Ana").listen(ask{})
			last := e.hear("hello").when
			for range 50 { // not so long that the stream is refreshed
				beat := e.next()
				silence := beat.when.Sub(last)
				if beat.kind != "heartbeat" || silence < heartbeatEvery-slotLength/16 || silence >= heartbeatEvery+slotLength {
					t.Fatalf("phase %v: %s after %v", phase, beat.kind, silence)
				}
				if at := dataOf[struct{ At time.Time }](t, beat.data).At; !at.Equal(beat.when.Truncate(time.Millisecond)) {
					t.Errorf("written at %v, heard at %v", at, beat.when)
				}
				if beat.id != "" {
					t.Error("a heartbeat has an id")
				}
				last = beat.when
			}
		})
	}
}

func TestNoHeartbeatWhileEventsFlow(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen(ask{})
		e.hear("hello")
		last := time.Now()
		for i := range 50 {
			time.Sleep(heartbeatEvery - time.Millisecond)
			bob.mustSay(i)
			if got := e.next(); got.kind != "note" || got.when.Sub(last) != heartbeatEvery-time.Millisecond {
				t.Fatalf("heard %s after %v", got.kind, got.when.Sub(last))
			}
			last = time.Now()
		}
		if got := e.next(); got.kind != "heartbeat" || got.when.Sub(last) < heartbeatEvery-slotLength/16 || got.when.Sub(last) >= heartbeatEvery+slotLength {
			t.Errorf("%s after %v of silence", got.kind, got.when.Sub(last))
		}
	})
}

func TestAnOldStreamIsAskedToComeBack(t *testing.T) {
	inBubble(t, func(h *house) {
		var ears []*ear
		began := time.Now()
		for range 20 {
			e := h.join("r", "Ana").listen(ask{})
			ears = append(ears, e)
		}
		ages := map[time.Duration]bool{}
		for _, e := range ears {
			for {
				event := e.next()
				if event.kind != "goodbye" {
					continue
				}
				age := event.when.Sub(began)
				if age < streamMaxAge*9/10 || age > streamMaxAge+heartbeatEvery+slotLength {
					t.Errorf("refreshed at %v", age)
				}
				ages[age.Truncate(time.Second)] = true
				bye := dataOf[byeData](t, event.data)
				if bye.Reason != room.GoodbyeRefresh || bye.RetryAfterMs < 50 || bye.RetryAfterMs > 500 || event.retry == "" || event.id != "" {
					t.Errorf("%+v", event)
				}
				e.ends()
				break
			}
		}
		if len(ages) < 5 {
			t.Errorf("all are refreshed at once: %v", ages)
		}
	})
}
