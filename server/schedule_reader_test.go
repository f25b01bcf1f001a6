package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"yodel/store"
)

// heard is a message as it came.
type heard struct {
	id, messageID string
	n             int // the writer's number; -1 for what is no message of the writer's
	text          string
}

// span is what a reader heard between two losses of its place.
type span struct {
	start string        // the position it began at
	last  string        // the position it came to
	why   string        // the reason of the hello it began with
	asked string        // the position that was asked for and lost
	age   time.Duration // of the event at the position that was asked for, at most
	heard []heard
}

// reader listens in a room by the contract alone: it knows repeats by their event ids, goes on from the last one, and
// begins a new span where a hello says that something may be lost.
type reader struct {
	*client
	fail   func(format string, args ...any) // tells of what the contract does not allow
	random *rand.Rand                       // owned by the goroutine of run

	joining sync.Mutex // held while a new seat is taken

	mu        sync.Mutex
	rung      rung                // guarded by mu
	turn      context.CancelFunc  // guarded by mu: ends what it listens by now
	round     int                 // guarded by mu: counts turns, so that a connection given up is not heard any more
	position  string              // guarded by mu
	placed    time.Time           // guarded by mu: the event at position is no older
	seen      map[string]bool     // guarded by mu
	spans     []span              // guarded by mu
	calls     callView            // guarded by mu
	changes   map[string][]string // guarded by mu: by peer, that it joined or left
	lastByte  time.Time           // guarded by mu: when anything was heard
	cutAt     time.Time           // guarded by mu: when a stream ended that should not have; zero: nothing to measure
	recovered []time.Duration     // guarded by mu: from such an end to the next event
	replaced  int                 // guarded by mu: goodbyes that a late request of its own brought it
	changed   chan struct{}       // guarded by mu: closed at the next news
	listening bool                // guarded by mu: a hello came since the last change of rung
}

func newReader(c *client, seed uint64, fail func(string, ...any)) *reader {
	return &reader{
		client: c, fail: fail, random: rand.New(rand.NewPCG(seed, 2)), turn: func() {}, placed: time.Now(),
		seen: map[string]bool{}, changes: map[string][]string{}, changed: make(chan struct{}),
	}
}

// begin takes the position of its join.
func (r *reader) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.newSpanLocked(span{start: r.joined().LastEventID, why: "join"})
}

// run listens until ctx ends.
func (r *reader) run(ctx context.Context) {
	for ctx.Err() == nil {
		turn, cancel := context.WithCancel(ctx)
		r.mu.Lock()
		r.turn = cancel
		r.round++
		round, how := r.round, r.rung
		r.mu.Unlock()
		var attempts sync.WaitGroup
		for _, transport := range transports(how) {
			random := rand.New(rand.NewPCG(r.random.Uint64(), 0))
			attempts.Go(func() { r.keepOn(turn, round, transport, random) })
		}
		<-turn.Done()
		attempts.Wait()
		cancel()
	}
}

// climb changes the rung; the connections of the old one are given up at once.
func (r *reader) climb(to rung) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rung, r.listening = to, false
	r.turn()
}

// moveOn goes on from where a list of a long-poll ends, which may be behind events for others.
func (r *reader) moveOn(round int, list pollReply) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.round != round {
		return nil
	}
	r.listening, r.lastByte = true, time.Now()
	if r.rung == onPolls {
		r.position = list.LastEventID
	}
	r.newsLocked()
	return nil
}

// take takes an event that came by a connection of that round, asked for after that position.
func (r *reader) take(round int, e event, asked string, polled bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.round != round {
		return errPassing
	}
	defer r.newsLocked()
	r.lastByte = time.Now()
	switch e.Type {
	case "hello":
		return r.helloLocked(e, asked, polled)
	case "heartbeat":
		return nil
	case "goodbye":
		var bye struct{ Reason string }
		if err := json.Unmarshal(e.Data, &bye); err != nil {
			return err
		}
		if bye.Reason == "replaced" {
			r.replaced++
		}
		return errPassing
	}
	if e.ID == "" {
		return fmt.Errorf("%s without an id", e.Type)
	}
	if r.seen[e.ID] {
		if r.rung != beside {
			return fmt.Errorf("event %s came again, after position %s", e.ID, asked)
		}
		return nil
	}
	return r.newLocked(e)
}

// helloLocked goes on, or begins anew where the place is lost.
func (r *reader) helloLocked(e event, asked string, polled bool) error {
	var hello helloShape
	if err := json.Unmarshal(e.Data, &hello); err != nil {
		return err
	}
	r.listening = true
	if hello.Peer.ID != r.id() {
		return fmt.Errorf("hello is for %s", hello.Peer.ID)
	}
	if err := r.calls.snapshot(hello.Call); err != nil && r.rung != beside { // where one may be older than the other's news
		return err
	}
	if hello.Resumed {
		if polled || hello.LastEventID != asked {
			return fmt.Errorf("asked for %s, hello is %+v", asked, hello)
		}
		return nil
	}
	r.newSpanLocked(span{start: hello.LastEventID, why: hello.Reason, asked: asked, age: time.Since(r.placed)})
	if r.rung == beside { // what comes by the other one belongs to before
		r.turn()
		r.round++
	}
	return nil
}

func (r *reader) newSpanLocked(s span) {
	s.last = s.start
	r.position = s.start
	r.spans = append(r.spans, s)
	r.newsLocked()
}

// newLocked takes an event that is new to the reader.
func (r *reader) newLocked(e event) error {
	s := &r.spans[len(r.spans)-1]
	last, _ := store.ParsePosition(s.last)
	this, ok := store.ParsePosition(e.ID)
	if !ok || this.Epoch != last.Epoch || this.Seq <= last.Seq {
		return fmt.Errorf("event %s came after %s", e.ID, s.last)
	}
	r.seen[e.ID] = true
	r.position, s.last, r.placed = e.ID, e.ID, e.At
	if !r.cutAt.IsZero() { // what was sent later could not come before
		since := r.cutAt
		if e.At.After(since) {
			since = e.At
		}
		r.recovered = append(r.recovered, time.Since(since))
		r.cutAt = time.Time{}
	}
	switch e.Type {
	case messageType:
		var data messageData
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return err
		}
		s.heard = append(s.heard, heard{e.ID, e.MessageID, data.N, data.Text})
	case "call":
		return r.calls.event(e.Data)
	case "peer-joined", "peer-left":
		var who peerShape
		if err := json.Unmarshal(e.Data, &who); err != nil {
			return err
		}
		r.changes[who.ID] = append(r.changes[who.ID], e.Type)
	}
	return nil
}

func (r *reader) noteCut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cutAt.IsZero() {
		r.cutAt = time.Now()
	}
}

func (r *reader) newsLocked() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// await waits until something is so, as far as the reader knows.
func (r *reader) await(ctx context.Context, so func() bool) error {
	for {
		r.mu.Lock()
		done, changed := so(), r.changed
		r.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hasLocked tells whether the reader heard a message since it lost its place last.
func (r *reader) hasLocked(m *message) bool {
	return slices.ContainsFunc(r.spans[len(r.spans)-1].heard, func(h heard) bool { return h.messageID == m.id })
}
