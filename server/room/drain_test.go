package room_test

import (
	"fmt"
	"sync"
	"testing"

	"yodel/server/room"
)

// TestDrainWhilePeopleJoin: a server that is told to stop is still being joined, in rooms that have somebody in them. On
// the real clock; where the two wait for each other's locks, the test never ends.
func TestDrainWhilePeopleJoin(t *testing.T) {
	h := build(t, with(func(cfg *room.Config) { cfg.MaxPeers = 0 }))
	const rooms = 200
	for i := range rooms {
		h.join(fmt.Sprint("r", i), "Ana")
	}
	var joining, draining sync.WaitGroup
	for worker := range 4 {
		joining.Go(func() {
			for i := range 5 * rooms {
				_, _ = h.tryJoin(room.JoinRequest{Room: fmt.Sprint("r", (i*7+worker)%rooms), Name: "Bob"})
			}
		})
	}
	over := make(chan struct{})
	draining.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				h.Drain()
			}
		}
	})
	joining.Wait()
	close(over)
	draining.Wait()
}

func TestWhoListensAfterTheDrainIsToldAtOnce(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		h.Drain()
		if bye := ana.listen("").bye(); bye != room.GoodbyeDraining {
			t.Errorf("told %q", bye)
		}
	})
}
