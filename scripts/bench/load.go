//go:build linux

package main

import (
	"fmt"
	"slices"
	"time"
)

const (
	warmUp       = time.Second
	drainTimeout = 10 * time.Second
)

// loadRound measures one server once, in a process of its own: steady rate, then full load.
func (b *bench) loadRound(name string) (err error) {
	s, err := b.start(name, false)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := s.stop(); err == nil {
			err = stopped
		}
	}()
	g, err := newGenerator(s, b.rooms)
	if g != nil {
		defer g.close()
	}
	if err != nil {
		return err
	}
	preciseTimers(true)
	defer preciseTimers(false)
	if _, err := g.steady(b.rate, warmUp); err != nil {
		return err
	}
	if err := b.steadyPhase(g); err != nil {
		return fmt.Errorf("at %d messages/s: %w", b.rate, err)
	}
	if !slices.Contains(b.only, "cpu") {
		return nil
	}
	if err := b.fullPhase(g); err != nil {
		return fmt.Errorf("under full load: %w", err)
	}
	return nil
}

func (b *bench) steadyPhase(g *generator) error {
	var timing timing
	cost, err := g.cost(func() (err error) {
		timing, err = g.steady(b.rate, b.steady)
		return err
	})
	if err != nil {
		return err
	}
	p50, p99, late := percentile(timing.latency, 50), percentile(timing.latency, 99), percentile(timing.late, 99)
	name := g.server.name()
	b.note("%-5s %d/s: p50 %v, p99 %v, %.1f µs of CPU a message (generator late at p99: %v)", name, b.rate, p50, p99, cost.cpu, late)
	b.results.add(latencyP50, name, milliseconds(p50))
	b.results.add(latencyP99, name, milliseconds(p99))
	b.results.add(lateP99, name, milliseconds(late))
	b.results.add(cpuSteady, name, cost.cpu)
	return nil
}

func (b *bench) fullPhase(g *generator) error {
	cost, err := g.cost(func() error { return g.full(b.window, b.full) })
	if err != nil {
		return err
	}
	name := g.server.name()
	b.note("%-5s full: %.0f messages/s, %.1f µs of CPU a message", name, cost.rate, cost.cpu)
	b.results.add(cpuFull, name, cost.cpu)
	b.results.add(throughput, name, cost.rate)
	return nil
}

// cost is what a phase took per message.
type cost struct {
	cpu  float64 // µs of server CPU per message
	rate float64 // messages per second
}

// cost runs a phase and puts the server's CPU time beside the messages that were relayed.
func (g *generator) cost(phase func() error) (cost, error) {
	sent, begun := g.sent, time.Now()
	before, err := cpuTime(g.server.pid)
	if err != nil {
		return cost{}, err
	}
	if err := phase(); err != nil {
		return cost{}, err
	}
	after, err := cpuTime(g.server.pid)
	n := float64(g.sent - sent)
	return cost{cpu: float64((after - before).Microseconds()) / n, rate: n / time.Since(begun).Seconds()}, err
}

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

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
