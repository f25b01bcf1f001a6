//go:build linux

package main

import (
	"fmt"
	"time"
)

const drainTimeout = 10 * time.Second

// timing is what the steady phase saw, message by message.
type timing struct {
	latency []time.Duration // from when the message was due to its event at the other peer
	late    []time.Duration // of this, how late the generator itself was
}

// steady posts messages at a fixed rate, each when it is due, whatever became of those before it.
func (g *generator) steady(rate int, length time.Duration) (timing, error) {
	n := int(float64(rate) * length.Seconds())
	interval := time.Second / time.Duration(rate)
	t := timing{latency: make([]time.Duration, n), late: make([]time.Duration, 0, n)}
	first, begun := g.sent, time.Now().Add(time.Millisecond)
	due := func(i int) time.Time { return begun.Add(time.Duration(i) * interval) }
	g.onArrive = func(seq int64, at time.Time) { t.latency[seq-first] = at.Sub(due(int(seq - first))) }
	defer func() { g.onArrive = nil }()
	for i := 0; i < n; {
		late := time.Since(due(i))
		for ; i < n && late >= 0; late = time.Since(due(i)) {
			t.late = append(t.late, late)
			if err := g.send(); err != nil {
				return t, err
			}
			i++
		}
		if err := g.turn(-late); err != nil {
			return t, err
		}
	}
	return t, g.drain()
}

// full keeps window messages on their way for the given time.
func (g *generator) full(window int, length time.Duration) error {
	for end := time.Now().Add(length); time.Now().Before(end); {
		for g.sent-min(g.answered, g.arrived) < int64(window) {
			if err := g.send(); err != nil {
				return err
			}
		}
		if err := g.turn(100 * time.Millisecond); err != nil {
			return err
		}
	}
	return g.drain()
}

// drain waits until every message has been answered and has arrived.
func (g *generator) drain() error {
	for deadline := time.Now().Add(drainTimeout); g.answered < g.sent || g.arrived < g.sent; {
		if time.Now().After(deadline) {
			return fmt.Errorf("of %d messages %d were answered and %d arrived", g.sent, g.answered, g.arrived)
		}
		if err := g.turn(100 * time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
