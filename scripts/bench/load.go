//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	warmUp = time.Second
	turn   = time.Second
)

// contender is a server that is measured together with others, and what it has shown so far.
type contender struct {
	server       *server
	generator    *generator // nil until it is set up
	timing       timing
	steady, full usage
	turns        map[string][]float64 // what each turn showed, by figure
}

// note keeps what a turn has shown.
func (c *contender) note(figure string, value float64) {
	if c.turns == nil {
		c.turns = map[string][]float64{}
	}
	c.turns[figure] = append(c.turns[figure], value)
}

// usage is what phases of one kind took together.
type usage struct {
	cpu      time.Duration // of the server
	elapsed  time.Duration
	messages int64
}

func (u usage) microseconds() float64 {
	return float64(u.cpu.Nanoseconds()) / 1000 / float64(u.messages)
}
func (u usage) rate() float64 { return float64(u.messages) / u.elapsed.Seconds() }

// loadRound measures the servers together, each in a new process: first at the steady rate, then under full load. They take
// turns of a second, so that whatever else the machine does meets all of them alike.
func (b *bench) loadRound(ctx context.Context, names []string) (err error) {
	var all []*contender
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.close())
		}
	}()
	for _, name := range names {
		s, err := b.start(name, false)
		if err != nil {
			return err
		}
		c := &contender{server: s}
		all = append(all, c)
		if c.generator, err = newGenerator(s, b.rooms); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	preciseTimers(true)
	defer preciseTimers(false)
	if err := inTurns(ctx, all, warmUp, func(c *contender, length time.Duration) error {
		_, err := c.generator.steady(b.rate, length)
		return err
	}); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	if err := inTurns(ctx, all, b.steady, func(c *contender, length time.Duration) error { return c.runSteady(b.rate, length) }); err != nil {
		return fmt.Errorf("at %d messages/s: %w", b.rate, err)
	}
	if slices.Contains(b.only, "cpu") {
		if err := inTurns(ctx, all, b.full, func(c *contender, length time.Duration) error { return c.runFull(b.window, length) }); err != nil {
			return fmt.Errorf("under full load: %w", err)
		}
	}
	for _, c := range all {
		b.keep(c)
	}
	b.results.compare(all)
	return nil
}

// inTurns gives each contender work for the given time, a turn at once, the first of one turn being the last of the next.
func inTurns(ctx context.Context, all []*contender, total time.Duration, work func(*contender, time.Duration) error) error {
	order := slices.Clone(all)
	for ; total > 0; total -= turn {
		for _, c := range order {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := work(c, min(turn, total)); err != nil {
				return fmt.Errorf("%s: %w", c.server.name(), err)
			}
		}
		slices.Reverse(order)
	}
	return nil
}

func (c *contender) runSteady(rate int, length time.Duration) error {
	var used usage
	err := used.add(c.generator, func() error {
		t, err := c.generator.steady(rate, length)
		c.timing.latency = append(c.timing.latency, t.latency...)
		c.timing.late = append(c.timing.late, t.late...)
		c.note(latencyP50, milliseconds(percentile(t.latency, 50)))
		return err
	})
	c.steady = c.steady.and(used)
	c.note(cpuSteady, used.microseconds())
	return err
}

func (c *contender) runFull(window int, length time.Duration) error {
	var used usage
	err := used.add(c.generator, func() error { return c.generator.full(window, length) })
	c.full = c.full.and(used)
	c.note(cpuFull, used.microseconds())
	return err
}

func (u usage) and(other usage) usage {
	return usage{u.cpu + other.cpu, u.elapsed + other.elapsed, u.messages + other.messages}
}

// add runs a phase and adds the server's CPU time, and the messages that were relayed.
func (u *usage) add(g *generator, phase func() error) error {
	sent, begun := g.sent, time.Now()
	before, err := cpuTime(g.server.pid)
	if err != nil {
		return err
	}
	if err := phase(); err != nil {
		return err
	}
	after, err := cpuTime(g.server.pid)
	u.cpu += after - before
	u.elapsed += time.Since(begun)
	u.messages += g.sent - sent
	return err
}

// keep puts what a contender has shown into the results.
func (b *bench) keep(c *contender) {
	name := c.server.name()
	p50, p99, late := percentile(c.timing.latency, 50), percentile(c.timing.latency, 99), percentile(c.timing.late, 99)
	b.note("%-9s %d/s: p50 %v, p99 %v, %.1f µs of CPU a message (generator late at p99: %v)", name, b.rate, p50, p99, c.steady.microseconds(), late)
	b.results.add(latencyP50, name, milliseconds(p50))
	b.results.add(latencyP99, name, milliseconds(p99))
	b.results.add(lateP99, name, milliseconds(late))
	b.results.add(cpuSteady, name, c.steady.microseconds())
	if c.full.messages > 0 {
		b.note("%-9s full: %.0f messages/s, %.1f µs of CPU a message", name, c.full.rate(), c.full.microseconds())
		b.results.add(cpuFull, name, c.full.microseconds())
		b.results.add(throughput, name, c.full.rate())
	}
}

func (c *contender) close() error {
	if c.generator != nil {
		c.generator.close()
	}
	return c.server.stop()
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
