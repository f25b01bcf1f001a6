package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options are where a proxy listens and leads to.
type Options struct {
	Listen   string // "": a free port of 127.0.0.1
	Upstream string
	Control  string // "": no control address
	Seed     uint64
}

// Proxy stands between clients and a server, and may be told at any time what to break. Close ends it.
type Proxy struct {
	// set once
	listener net.Listener
	control  *http.Server // nil: none
	address  string       // of control
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	upstream string         // guarded by mu
	rules    Rules          // guarded by mu
	left     map[*When]int  // guarded by mu: how often a rule still applies, where that is bounded
	frozen   *freeze        // guarded by mu: nil while everything flows
	links    map[*link]bool // guarded by mu
	waiting  []*exchange    // guarded by mu: held requests
	stats    Stats          // guarded by mu
	changed  chan struct{}  // guarded by mu: closed with the next change of stats
	number   int64          // guarded by mu: of the latest exchange
	closed   bool           // guarded by mu
}

type freeze struct {
	match  Match
	thawed chan struct{}
}

// Start begins to listen.
func Start(o Options) (*Proxy, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	p := &Proxy{
		listener: listener, upstream: o.Upstream, rules: Rules{Seed: o.Seed}, links: map[*link]bool{},
		changed: make(chan struct{}), stats: Stats{Requests: map[string]int{}},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if o.Control != "" {
		if err := p.serveControl(o.Control); err != nil {
			_ = listener.Close()
			return nil, err
		}
	}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where clients connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// ControlAddr is where rules are put; "" without one.
func (p *Proxy) ControlAddr() string { return p.address }

// Close ends everything and waits for it.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	err := p.listener.Close()
	if p.control != nil {
		err = errors.Join(err, p.control.Close())
	}
	for _, l := range p.open() {
		l.close(RST)
	}
	p.running.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if !waitFor(time.After(10*time.Millisecond), p.ctx.Done()) { // too many files, mostly
				return
			}
			continue
		}
		p.mu.Lock()
		closed := p.closed
		p.stats.Connections++
		l := newLink(p, conn, rand.New(rand.NewPCG(p.rules.Seed, uint64(p.stats.Connections))))
		if !closed {
			p.links[l] = true
		}
		p.changedLocked()
		p.mu.Unlock()
		if closed {
			_ = conn.Close()
			return
		}
		l.start(&p.running)
	}
}

func (p *Proxy) open() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	open := make([]*link, 0, len(p.links))
	for l := range p.links {
		open = append(open, l)
	}
	return open
}

// forget takes a link that is closed out.
func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
	p.waiting = slices.DeleteFunc(p.waiting, func(x *exchange) bool { return x.link == l })
	p.changedLocked()
}

// SetUpstream has connections lead elsewhere from now on.
func (p *Proxy) SetUpstream(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.upstream = address
}

func (p *Proxy) dial() (net.Conn, error) {
	p.mu.Lock()
	address := p.upstream
	p.mu.Unlock()
	return new(net.Dialer).DialContext(p.ctx, "tcp", address)
}

// Cut cuts what is open now and matches, and tells how many that were. The bounds of the rule do not count.
func (p *Proxy) Cut(rule Cut) int {
	n := 0
	for _, l := range p.open() {
		l.mu.Lock()
		matches := rule.Match.of(l.current) && !l.mute
		l.mu.Unlock()
		if matches {
			l.cut(rule.How, rule.Silent)
			n++
		}
	}
	return n
}

// Freeze has what matches pass nothing until Thaw.
func (p *Proxy) Freeze(match Match) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thawLocked()
	p.frozen = &freeze{match, make(chan struct{})}
	p.stats.Freezes++
	p.changedLocked()
}

// Thaw ends a freeze.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thawLocked()
	p.changedLocked()
}

func (p *Proxy) thawLocked() {
	if p.frozen != nil {
		close(p.frozen.thawed)
		p.frozen = nil
	}
}

// frozenFor is what to wait for before bytes of x may pass; nil: nothing.
func (p *Proxy) frozenFor(x *exchange) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen == nil || !p.frozen.match.of(x) {
		return nil
	}
	return p.frozen.thawed
}

// counting is a writer that adds to a number of the stats.
func (p *Proxy) counting(w io.Writer, n *int64) io.Writer { return &counter{p, w, n} }

type counter struct {
	proxy *Proxy
	io.Writer
	n *int64 // guarded by proxy.mu
}

func (c *counter) Write(data []byte) (int, error) {
	n, err := c.Writer.Write(data)
	c.proxy.mu.Lock()
	defer c.proxy.mu.Unlock()
	*c.n += int64(n)
	c.proxy.changedLocked()
	return n, err
}
