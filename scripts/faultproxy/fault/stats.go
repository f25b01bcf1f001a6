package fault

import (
	"context"
	"maps"
)

// Stats count what happened since the start.
type Stats struct {
	Connections  int            `json:"connections"`  // accepted
	Open         int            `json:"open"`         // at the moment
	Requests     map[string]int `json:"requests"`     // by class, as they came
	Refused      int            `json:"refused"`      // answered by the proxy
	UpstreamDown int            `json:"upstreamDown"` // connections the server did not take
	Held         int            `json:"held"`         // requests held back
	Overtaken    int            `json:"overtaken"`    // of these, those that a later one overtook
	Dropped      int            `json:"dropped"`      // answers thrown away
	Cuts         int            `json:"cuts"`         // connections cut
	Buffered     int            `json:"buffered"`     // answers of which something was held back
	BytesHeld    int64          `json:"bytesHeld"`    // of these, at the moment
	Freezes      int            `json:"freezes"`
	Frozen       bool           `json:"frozen"`
	BytesUp      int64          `json:"bytesUp"`   // passed on to the server
	BytesDown    int64          `json:"bytesDown"` // passed on to clients
}

// Stats are those of now.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.statsLocked()
}

func (p *Proxy) statsLocked() Stats {
	s := p.stats
	s.Open, s.Frozen, s.Requests = len(p.links), p.frozen != nil, maps.Clone(p.stats.Requests)
	return s
}

// Await waits until the stats are as wanted.
func (p *Proxy) Await(ctx context.Context, wanted func(Stats) bool) error {
	for {
		p.mu.Lock()
		stats, changed := p.statsLocked(), p.changed
		p.mu.Unlock()
		if wanted(stats) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *Proxy) changedLocked() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) noteCut()  { p.note(func(s *Stats) { s.Cuts++ }) }
func (p *Proxy) noteDrop() { p.note(func(s *Stats) { s.Dropped++ }) }

// noteHeld counts an answer of which something is held back, the first time.
func (p *Proxy) noteHeld(first bool, bytes int) {
	p.note(func(s *Stats) {
		if s.BytesHeld += int64(bytes); first {
			s.Buffered++
		}
	})
}

// noteDown counts a server that does not listen and tells what a client is to see of it.
func (p *Proxy) noteDown() (shown string) {
	p.note(func(s *Stats) { s.UpstreamDown++; shown = p.rules.UpstreamDown })
	return shown
}

func (p *Proxy) note(count func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	count(&p.stats)
	p.changedLocked()
}
