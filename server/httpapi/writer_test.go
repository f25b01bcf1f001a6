package httpapi

import (
	"errors"
	"testing"
	"testing/synctest"

	"yodel/server/room"
	"yodel/store"
)

var errEnough = errors.New("the writer goes round and round")

// only is the one stream that is open.
func (h *house) only() *stream {
	set := h.api.streams
	set.mu.Lock()
	defer set.mu.Unlock()
	for _, slot := range set.wheel {
		for s := range slot {
			return s
		}
	}
	return nil
}

// TestAStreamThatIsClosedWhileItIsWritten has nothing left to say at that moment; its writer must come to an end.
func TestAStreamThatIsClosedWhileItIsWritten(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen(ask{})
		e.hear("hello")
		synctest.Wait()
		s, rounds := h.only(), 0
		closing := func() error {
			if s.close(); rounds > 10 {
				return errEnough
			}
			rounds++
			return nil
		}
		h.events.upToDate.Store(&closing)
		bob.mustSay(1)
		synctest.Wait()
		h.events.upToDate.Store(nil)
		if rounds != 1 {
			t.Errorf("the writer of a closed stream looked %d times for news", rounds)
		}
	})
}

// TestTheLastWordIsLast has the peer leave when its stream has just found that there is nothing new.
func TestTheLastWordIsLast(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen(ask{})
		e.hear("hello")
		synctest.Wait()
		leaving := func() error {
			h.events.upToDate.Store(nil)
			ana.leave()
			return nil
		}
		h.events.upToDate.Store(&leaving)
		bob.mustSay(1)
		e.hear("note")
		e.hear("peer-left")
		if bye := dataOf[byeData](t, e.hear("goodbye").data); bye.Reason != room.GoodbyeLeft {
			t.Errorf("goodbye says %q", bye.Reason)
		}
		e.ends()
	})
}

// TestAStreamThatLosesItsPlaceStartsOver, and says so.
func TestAStreamThatLosesItsPlaceStartsOver(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen(ask{})
		e.hear("hello")
		synctest.Wait()
		losing := func() error {
			h.events.upToDate.Store(nil)
			return store.ErrPositionLost
		}
		h.events.upToDate.Store(&losing)
		bob.mustSay(1)
		said := e.hear("note")
		if got := dataOf[struct{ Reason string }](t, e.hear("reset").data); got.Reason != "gap" {
			t.Errorf("reset says %q", got.Reason)
		}
		hello := dataOf[helloData](t, e.hear("hello").data)
		if hello.Resumed || hello.Reason != "gap" || hello.LastEventID != said.id {
			t.Errorf("hello says %+v, after %s", hello, said.id)
		}
		bob.mustSay(2)
		e.hear("note")
	})
}
