package room_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"yodel/server/room"
	"yodel/store/memory"
)

// relay is told who left, and asks who is in.
type relay struct {
	mu   sync.Mutex
	left []string // guarded by mu
}

func (r *relay) listens(p *parts) {
	p.config.Left = func(room, peer string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.left = append(r.left, room+" "+peer)
	}
}

func (r *relay) toldOf() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.left)
}

// mayRelay fails the test unless the answer for m is the one wanted.
func (m *member) mayRelay(want bool, when string) {
	m.h.t.Helper()
	if got := m.h.MayRelay(m.Room, m.Peer); got != want {
		m.h.t.Errorf("%s: %v", when, got)
	}
}

// TestRelayingEndsWithTheSeat: at the end of the lease, which is longer in a call, and not before; and begins with it again.
func TestRelayingEndsWithTheSeat(t *testing.T) {
	for name, c := range map[string]struct {
		inCall bool
		lease  time.Duration
	}{"with nobody": {false, 30 * time.Second}, "in a call": {true, 120 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			told := &relay{}
			inBubble(t, func(h *house) {
				bob := h.join("r", "Bob")
				if c.inCall {
					cyd := h.join("r", "Cyd")
					cyd.listen("")
					cyd.accept(bob.mustRing(cyd))
				}
				bob.mayRelay(true, "in the room")
				time.Sleep(c.lease - instant)
				synctest.Wait()
				if bob.mayRelay(true, "within its lease"); len(told.toldOf()) != 0 {
					t.Errorf("early: %q", told.toldOf())
				}
				time.Sleep(instant)
				synctest.Wait()
				bob.mayRelay(false, "after its lease")
				if left := told.toldOf(); !slices.Equal(left, []string{"r " + bob.Peer}) {
					t.Errorf("told of %q", left)
				}
				is(t, "coming back", bob.request(), nil)
				bob.mayRelay(true, "back again")
			}, atTheIDs, told.listens)
		})
	}
}

func TestWhoIsNotInTheRoomDoesNotRelay(t *testing.T) {
	inBubble(t, func(h *house) {
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "closing", Expires: time.Hour})
		is(t, "create", err, nil)
		ana, bob, cyd := h.join("r", "Ana"), h.join("r", "Bob"), h.join("closing", "Cyd")
		ana.listen("")
		cyd.listen("")
		if h.MayRelay("closing", ana.Peer) || h.MayRelay("r", uuid.Must(uuid.NewV7()).String()) || h.MayRelay("r", "Ana") {
			t.Error("one who has no seat here may")
		}
		bob.leave()
		bob.mayRelay(false, "after leaving")
		time.Sleep(2 * time.Second)
		bob.mayRelay(false, "when its token has run out")
		time.Sleep(time.Hour)
		synctest.Wait()
		cyd.mayRelay(false, "in a room that has closed")
		ana.mayRelay(true, "with a stream")
	}, atTheIDs, with(func(cfg *room.Config) { cfg.TokenLife = time.Second }))
}

// TestWhoHasNotComeBackSinceARestartRelays, for the time of a lease.
func TestWhoHasNotComeBackSinceARestartRelays(t *testing.T) {
	lose := func(h *house) { // all but what is kept for good
		h.die()
		_ = h.events.Close()
		h.events = memory.New(memory.Options{Retention: 2 * time.Minute, MaxLogBytes: 8 << 20})
		h.restart()
	}
	keep := func(h *house) {
		h.die()
		h.restart()
	}
	for name, c := range map[string]struct {
		before  func(h *house, bob *member)
		restart func(h *house)
		after   func(h *house, bob *member)
		want    bool
	}{
		"at once":                    {nil, keep, nil, true},
		"later than its lease":       {nil, keep, func(*house, *member) { time.Sleep(31 * time.Second) }, false},
		"expired before":             {func(*house, *member) { time.Sleep(31 * time.Second) }, keep, nil, false},
		"left before":                {func(_ *house, bob *member) { bob.leave(); time.Sleep(time.Minute) }, keep, nil, false},
		"at once, forgotten":         {nil, lose, nil, true},
		"a bit later, forgotten":     {nil, lose, func(*house, *member) { time.Sleep(120*time.Second - instant) }, true},
		"too late, forgotten":        {nil, lose, func(*house, *member) { time.Sleep(120 * time.Second) }, false},
		"left before, forgotten":     {func(_ *house, bob *member) { bob.leave(); time.Sleep(time.Minute) }, lose, nil, false},
		"back, and left, forgotten":  {nil, lose, func(h *house, bob *member) { _ = bob.request(); bob.leave() }, false},
		"back, and expired":          {nil, lose, func(_ *house, bob *member) { _ = bob.request(); time.Sleep(31 * time.Second) }, false},
		"too late, and back":         {nil, lose, func(_ *house, bob *member) { time.Sleep(time.Hour); _ = bob.request() }, true},
		"made after it, and expired": {nil, lose, func(h *house, bob *member) { *bob = *h.join("r", "Dan"); time.Sleep(31 * time.Second) }, false},
		"in a room that has closed":  {nil, lose, func(_ *house, bob *member) { bob.listen(""); time.Sleep(time.Minute) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *house) {
				if strings.Contains(name, "closed") {
					_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Expires: time.Minute})
					is(t, "create", err, nil)
				}
				bob := h.join("r", "Bob")
				if c.before != nil {
					c.before(h, bob)
				}
				time.Sleep(time.Second)
				c.restart(h)
				if c.after != nil {
					c.after(h, bob)
				}
				synctest.Wait()
				bob.mayRelay(c.want, name)
			}, atTheIDs, with(func(cfg *room.Config) { cfg.TokenLife, cfg.RelayLife = time.Second, time.Hour }))
		})
	}
}
