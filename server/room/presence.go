package room

import (
	"time"

	"golang.org/x/time/rate"
)

// presence is one peer's lease: it runs while the peer has no stream open and no request under way.
type presence struct {
	hub        *hub   // set once
	peer       string // set once
	generation string // set once

	// guarded by hub.mu
	open      int  // streams and requests
	away      bool // said that its page is being closed
	idleSince time.Time
	lease     *time.Timer   // armed while nothing is open
	messages  *rate.Limiter // nil until the first message
	expiring  bool          // the seat is being taken; whoever comes now has to wait for that
	over      bool          // left for good, or the room is no more: nothing is served, and only the seat is still to be taken
	gone      bool          // the seat was taken
}

// beginLocked notes that a request or a stream of the peer has begun.
func (p *presence) beginLocked() {
	p.open++
	p.away = false
}

// end notes that a request or a stream is over; the lease runs from here if it was the last.
func (p *presence) end(away bool) {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	p.open--
	p.away = p.away || away
	if p.gone {
		return
	}
	now := time.Now()
	if p.open == 0 {
		p.idleSince = now
	}
	if p.open == 0 && (p.lease == nil || p.away) {
		p.armLocked(p.firstLook())
	}
}

// firstLook is when the lease can run out at the earliest, after idleSince.
func (p *presence) firstLook() time.Duration {
	if p.away {
		return min(p.hub.service.cfg.LeaseAway, p.hub.service.cfg.Lease)
	}
	return p.hub.service.cfg.Lease
}

func (p *presence) isGone() bool {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	return p.gone
}

func (p *presence) armLocked(d time.Duration) {
	p.stopLocked()
	p.lease = p.hub.service.after(d, p.look)
}

func (p *presence) stopLocked() {
	if p.lease != nil {
		p.lease.Stop()
		p.lease = nil
	}
}

// lookIn has look run after d.
func (p *presence) lookIn(d time.Duration) {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	p.expiring = false
	p.armLocked(d)
}

// look takes the seat if the lease has run out, and else looks again when it will have.
func (p *presence) look() {
	p.hub.seating.Lock()
	defer p.hub.seating.Unlock()
	p.hub.mu.Lock()
	p.lease = nil
	over := p.over && !p.gone
	idle, away := p.open == 0 && !p.gone, p.away
	left := p.firstLook() - time.Since(p.idleSince)
	if idle && left > 0 {
		p.armLocked(left)
	}
	p.expiring = idle && left <= 0
	expiring := p.expiring
	p.hub.mu.Unlock()
	switch {
	case over:
		p.hub.service.unseatAtLast(p)
	case expiring:
		p.hub.service.expire(p, away)
	}
}

// allow tells whether n more messages are within the peer's limit, and if not, when they are. More than the burst count as
// the burst, so that an array is not refused for ever.
func (p *presence) allow(n int) error {
	cfg := &p.hub.service.cfg
	if cfg.Messages <= 0 {
		return nil
	}
	p.hub.mu.Lock()
	if p.messages == nil {
		p.messages = rate.NewLimiter(cfg.Messages, cfg.MessagesBurst)
	}
	limiter := p.messages
	p.hub.mu.Unlock()
	now := time.Now()
	n = min(n, cfg.MessagesBurst)
	if limiter.AllowN(now, n) {
		return nil
	}
	missing := float64(n) - limiter.TokensAt(now)
	return &LimitError{What: "messages", RetryAfter: time.Duration(missing / float64(cfg.Messages) * float64(time.Second))}
}
