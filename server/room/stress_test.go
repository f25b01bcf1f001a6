package room_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/room"
)

// TestSeatsUnderFire has requests, streams, leaving and expiring race on the same few peers, on the real clock: the
// leases are so short that they run out all the time. In the end the room must say what its events say.
func TestSeatsUnderFire(t *testing.T) {
	h := build(t, with(func(cfg *room.Config) {
		cfg.Lease, cfg.LeaseAway, cfg.LeaseInCall = time.Millisecond, 500*time.Microsecond, 2*time.Millisecond
		cfg.RingTimeout, cfg.Messages, cfg.MaxPeers = time.Millisecond, 0, 6
		cfg.EndedCalls = time.Millisecond
	}))
	watcher := h.join("r", "Wim")
	watch := watcher.listen(watcher.joined.LastEventID)
	members := make([]*member, 8)
	var fire sync.WaitGroup
	for i := range members {
		members[i] = &member{}
	}
	var mu sync.Mutex // of members
	rejoin := func(i int) {
		if m, err := h.tryJoin(room.JoinRequest{Room: "r", Name: fmt.Sprint("peer", i)}); err == nil {
			mu.Lock()
			members[i] = m
			mu.Unlock()
		}
	}
	for worker := range 8 {
		fire.Go(func() {
			for range 100 {
				i := rand.N(len(members))
				mu.Lock()
				m := members[i]
				mu.Unlock()
				if m.h == nil {
					rejoin(i)
					continue
				}
				at, err := h.Attend(context.Background(), m.Member)
				if err != nil { // left, or the room is full
					rejoin(i)
					continue
				}
				switch rand.N(8) {
				case 0:
					_ = h.Leave(context.Background(), at)
				case 1:
					_, _ = h.StartCall(context.Background(), at, room.CallRequest{})
				case 2, 3:
					if r, _, err := h.Subscribe(context.Background(), at, room.Kind(worker%2), "", func() {}); err == nil {
						defer r.Close()
						if rand.N(2) == 0 {
							r.Close()
						}
					}
				case 4:
					_, _ = h.Send(context.Background(), at, oneNote)
				}
				at.Done(rand.N(4) == 0)
				runtime.Gosched()
			}
		})
	}
	fire.Wait()
	seated := map[string]bool{}
	for settled := false; !settled; runtime.Gosched() { // until the leases of all but the watcher have run out
		for _, e := range watch.events() {
			switch id := peerOf(t, e); e.Type {
			case "peer-joined":
				if seated[id] {
					t.Fatalf("%s joined twice", id)
				}
				seated[id] = true
			case "peer-left":
				if !seated[id] {
					t.Fatalf("%s left without being there", id)
				}
				delete(seated, id)
			}
		}
		peers, rooms, _ := h.Stats()
		settled = peers == 1 && rooms == 1 && len(seated) == 1
	}
	if h.count("r") != 1 {
		t.Errorf("%d seats are taken, and nobody but the watcher is there", h.count("r"))
	}
	watcher.leave()
	watch.Close()
	if peers, rooms, _ := h.Stats(); peers != 0 || rooms != 0 {
		t.Errorf("%d peers and %d rooms are left", peers, rooms)
	}
}

// TestOneOrderForAll has several write at once, and readers come and go: each sees every message once and in one order.
func TestOneOrderForAll(t *testing.T) {
	const writers, each = 4, 200
	h := build(t, with(func(cfg *room.Config) { cfg.Messages = 0 }))
	reader := h.join("r", "Ria")
	steady := reader.listen("")
	var all []*member
	for i := range writers {
		all = append(all, h.join("r", fmt.Sprint("writer", i)))
	}
	restless := h.join("r", "Rob") // before the first word: nobody sees what was said before
	var writing sync.WaitGroup
	for _, m := range all {
		writing.Go(func() {
			for i := range each {
				m.say(fmt.Sprint(i))
			}
		})
	}
	var pieces []string
	position := restless.joined.LastEventID
	for done := 0; done < writers*each; { // reads a little, hangs up, comes back
		e := restless.listen(position)
		if !e.hello.Resumed {
			t.Fatalf("came back to %+v", e.hello)
		}
		records, err := e.Next(context.Background(), 1+rand.N(9))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if r.Type == "note" {
				pieces = append(pieces, h.inWords(h.decode(r)))
				done++
			}
		}
		position = e.Position().String()
		e.Close()
	}
	writing.Wait()
	var whole []string
	next := map[string]int{}
	for _, e := range steady.events() {
		if e.Type != "note" {
			continue
		}
		if want := fmt.Sprintf("%q", fmt.Sprint(next[e.From])); string(e.Data) != want {
			t.Fatalf("%s said %s, want %s", h.called(e.From), e.Data, want)
		}
		next[e.From]++
		whole = append(whole, h.inWords(e))
	}
	if len(whole) != writers*each || !slices.Equal(whole, pieces[:len(whole)]) {
		t.Errorf("one reader saw %d, the other %d, or in another order", len(whole), len(pieces))
	}
}

func TestHubsAreFreed(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		e := ana.listen("")
		poll, err := ana.tryListen(room.Poll, "")
		is(t, "poll", err, nil)
		ana.leave()
		if _, rooms, _ := h.Stats(); rooms != 1 {
			t.Errorf("%d rooms with a reader", rooms)
		}
		e.Close()
		poll.Close()
		if peers, rooms, _ := h.Stats(); peers != 0 || rooms != 0 {
			t.Errorf("%d peers and %d rooms are left", peers, rooms)
		}
		h.join("r", "Bob")
		_, err = h.Create(h.t.Context(), room.CreateRequest{Room: "kept"})
		is(t, "create", err, nil)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if peers, rooms, _ := h.Stats(); peers != 0 || rooms != 0 {
			t.Errorf("%d peers and %d rooms are left", peers, rooms)
		}
		time.Sleep(5 * time.Minute)
		if h.events.Rooms() != 0 {
			t.Errorf("%d rooms are stored", h.events.Rooms())
		}
	})
}

func TestMemoryIsBoundedUnderAnEndlessStreamOfRooms(t *testing.T) {
	inBubble(t, func(h *house) {
		heap := func() uint64 {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		pass := func(round int) {
			for i := range 80 {
				name := fmt.Sprintf("room-%d-%d", round, i)
				ana, bob := h.join(name, "Ana"), h.join(name, "Bob")
				e := bob.listen("")
				bob.accept(ana.mustRing())
				ana.say(name)
				e.Close()
				if i%2 == 0 {
					bob.leave()
				}
			}
			time.Sleep(10 * time.Minute)
			h.mu.Lock()
			clear(h.names)
			h.mu.Unlock()
			if err := h.records.Purge(time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		pass(0)
		before := heap()
		for round := range 4 {
			pass(round + 1)
		}
		if _, rooms, _ := h.Stats(); rooms != 0 || h.events.Rooms() != 0 {
			t.Errorf("%d rooms are served and %d stored, with nobody in any", rooms, h.events.Rooms())
		}
		if after := heap(); after > before+1<<20 {
			t.Errorf("the heap grew from %d to %d bytes", before, after)
		}
	}, with(func(cfg *room.Config) { cfg.TokenLife = time.Minute }))
}

func TestNothingRunsAfterClose(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen("")
		bob.mustRing()
		e.heard()
		h.Close()
		time.Sleep(time.Hour)
		e.hears()
	})
}
