package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"yodel/scripts/faultproxy/fault"
)

// mode is how the readers of a schedule listen.
type mode int

const (
	bySSE mode = iota
	byPostStream
	byLongPoll
	mixed // and changing
	modes
)

func (m mode) String() string { return [...]string{"SSE", "POST stream", "long-poll", "mixed"}[m] }

// schedule is one room for as long as its messages last: a writer, readers, and what goes wrong for them.
type schedule struct {
	// set once
	w    *world
	seed uint64
	mode mode
	what int // the messages of a writer, or calls

	random   *rand.Rand // owned by play, and drawn from alike in every mode
	writer   *writer
	readers  []*reader
	watcher  *reader // one of the readers, on a way of its own where only deaths of the server disturb it
	trouble  *troubles
	made     bool        // the room was made on purpose, and ends with its record; else it begins with its first peer
	capacity int         // of a call
	faults   fault.Stats // set by play at the end
	expired  int         // owned by play: seats that were lost

	mu    sync.Mutex
	wrong []string // guarded by mu
	deeds []*deed  // guarded by mu
}

func (s *schedule) String() string {
	return fmt.Sprintf("schedule of %s with seed %d, %s, server that remembers %s", [...]string{"messages", "calls"}[s.what], s.seed, s.mode,
		[...]string{"everything", "seats alone", "nothing"}[s.w.memory])
}

func (s *schedule) fail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// play plays the schedule and returns what came of it.
func (s *schedule) play(ctx context.Context) verdict {
	proxy, shut, err := s.w.proxy(s.seed)
	if err != nil {
		return verdict{wrong: []string{err.Error()}}
	}
	defer shut()
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	if err = s.gather(ctx, proxy); err == nil {
		for _, r := range s.readers {
			running.Go(func() { r.run(ctx) })
		}
		err = s.act(ctx)
	}
	if err != nil {
		s.fail("%v", err)
		s.describe()
	}
	cancel()
	running.Wait()
	s.writer.close()
	for _, r := range s.readers {
		r.close()
	}
	s.faults = proxy.Stats()
	v := decide(s.writer, s.readers)
	v.wrong = append(s.wrong, v.wrong...)
	return v
}

// gather has everybody come into the room.
func (s *schedule) gather(ctx context.Context, proxy *fault.Proxy) error {
	s.random = rand.New(rand.NewPCG(s.seed, 0))
	s.trouble = &troubles{proxy: proxy, random: s.random, brief: s.w.lease < 5*time.Second}
	s.made, s.capacity = s.what == ofCalls || s.random.IntN(2) == 0, 2+s.random.IntN(2)
	s.writer = &writer{client: s.newClient("writer", proxy.Addr)}
	for i := range 2 + s.random.IntN(3) {
		base := proxy.Addr
		if i == 0 {
			base = s.w.direct
		}
		r := newReader(s.newClient(fmt.Sprint("reader ", i), base), s.seed+uint64(i), s.fail)
		r.rung = s.rung(rung(s.random.IntN(4)))
		s.readers = append(s.readers, r)
	}
	s.watcher = s.readers[0]
	if err := s.makeRoom(ctx); err != nil {
		return err
	}
	for _, r := range s.readers {
		if err := r.join(ctx); err != nil {
			return err
		}
		r.begin()
	}
	return s.writer.join(ctx)
}

func (s *schedule) newClient(name string, base func() string) *client {
	c := newClient(s.w, fmt.Sprintf("s-%d-%d-%d", s.seed, s.mode, s.what), name, base)
	c.mayBeVoid = s.made && s.w.memory == nothing
	return c
}

// The two kinds of schedules.
const (
	ofMessages = iota
	ofCalls
)

// act is the schedule proper, from its first message to the last.
func (s *schedule) act(ctx context.Context) error {
	if s.what == ofMessages {
		return errors.Join(s.messages(ctx), s.finish(ctx))
	}
	if err := errors.Join(s.calls(ctx), s.finish(ctx)); err != nil {
		return err
	}
	return s.judgeCalls(ctx)
}

// makeRoom makes the room, if it is one that is made on purpose.
func (s *schedule) makeRoom(ctx context.Context) error {
	if !s.made {
		return nil
	}
	return s.writer.until(ctx, func(ctx context.Context) error {
		r, err := s.writer.ask(ctx, ask{method: http.MethodPost, path: newRoom, body: object{"room": s.writer.room, "callCapacity": s.capacity}})
		if err == nil && r.status != http.StatusCreated && r.code != "room-exists" {
			err = fmt.Errorf("making the room was answered %d %s", r.status, r.body)
		}
		return err
	})
}

// rung is how to listen in this mode, where a mixed schedule would listen so.
func (s *schedule) rung(mixedRung rung) rung {
	switch s.mode {
	case bySSE:
		return onStream
	case byPostStream:
		return onPostStream
	case byLongPoll:
		return onPolls
	}
	return mixedRung
}

// messages has the writer send while things go wrong.
func (s *schedule) messages(ctx context.Context) error {
	for range 8 + s.random.IntN(6) {
		batch := s.batch()
		single := s.random.IntN(2) == 0
		var patience time.Duration
		if s.random.IntN(4) == 0 {
			patience = time.Duration(5+s.random.IntN(40)) * time.Millisecond
		}
		sent := make(chan error, 1)
		go func() { sent <- s.writer.send(ctx, batch, single, patience) }()
		for range s.random.IntN(3) {
			s.trouble.next(ctx)
		}
		if s.random.IntN(3) == 0 {
			r := s.readers[s.random.IntN(len(s.readers))]
			r.climb(s.rung(rung(s.random.IntN(4))))
		}
		if err := <-sent; err != nil {
			return err
		}
		if s.trouble.brief && s.random.IntN(4) == 0 {
			if err := s.stayAway(ctx); err != nil {
				return err
			}
		}
		s.trouble.some()
	}
	return nil
}

// batch numbers the next messages.
func (s *schedule) batch() []*message {
	batch := make([]*message, 1+s.random.IntN(2)*s.random.IntN(6))
	for i := range batch {
		var to *reader
		if s.random.IntN(3) == 0 {
			to = s.readers[s.random.IntN(len(s.readers))]
		}
		batch[i] = s.writer.number(to, strings.Repeat("é", s.random.IntN(200)))
	}
	return batch
}

// stayAway has a reader away until its seat is taken and a message to it refused, and has it come back.
func (s *schedule) stayAway(ctx context.Context) error {
	r := s.readers[1+s.random.IntN(len(s.readers)-1)]
	back := s.rung(rung(s.random.IntN(4)))
	r.climb(away)
	for heard, refused := 0, false; !refused; {
		// What the watcher heard may be older than a request that was still on its way.
		err := s.watcher.await(ctx, func() bool {
			news := s.watcher.changes[r.id()]
			gone := len(news) > heard && news[len(news)-1] == "peer-left"
			if gone {
				heard = len(news)
			}
			return gone
		})
		if err != nil {
			return fmt.Errorf("%s does not lose its seat: %w", r.name, err)
		}
		batch := []*message{s.writer.number(nil, "to who is here"), s.writer.number(r, "to who is away"), s.writer.number(nil, "to who is here")}
		if err := s.writer.send(ctx, batch, false, 0); err != nil {
			return err
		}
		refused = batch[1].event == ""
	}
	s.expired++
	r.climb(back)
	return nil
}

// finish ends all faults and waits until everybody has caught up: until each has heard a last message. Another is sent
// where somebody lost its place since, and the last message with it.
func (s *schedule) finish(ctx context.Context) error {
	s.trouble.stop()
	for range 30 {
		spans := make([]int, len(s.readers))
		for i, r := range s.readers {
			if err := r.await(ctx, func() bool { spans[i] = len(r.spans); return r.listening }); err != nil {
				return fmt.Errorf("%s does not come back: %w", r.name, err)
			}
		}
		last := s.writer.number(nil, "the last")
		if err := s.writer.send(ctx, []*message{last}, true, 0); err != nil {
			return err
		}
		caughtUp := true
		for i, r := range s.readers {
			has := false
			if err := r.await(ctx, func() bool { has = r.hasLocked(last); return has || len(r.spans) > spans[i] }); err != nil {
				return fmt.Errorf("%s does not catch up: %w", r.name, err)
			}
			caughtUp = caughtUp && has
		}
		if caughtUp {
			return nil
		}
	}
	return errors.New("readers lose their places again and again")
}

// describe says what everybody is at, for a schedule that stands still.
func (s *schedule) describe() {
	for _, r := range s.readers {
		r.mu.Lock()
		text := fmt.Sprintf("%s is at %s by %s, listening %v, %d spans, last byte %v ago, heard of %v", r.name, r.position, r.rung, r.listening,
			len(r.spans), time.Since(r.lastByte).Round(time.Millisecond), r.changes)
		r.mu.Unlock()
		s.fail("%s", text)
	}
}
