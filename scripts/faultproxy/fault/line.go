package fault

import (
	"io"
	"sync"
	"time"
)

// lineFull is how much may wait in a line before whoever fills it has to wait too, as a network's buffers end somewhere.
const lineFull = 4 << 20

// line is one direction of a link: what is put in comes out at its time and in its order, unless the proxy is frozen.
type line struct {
	owner *link           // set once
	done  <-chan struct{} // set once: closed when the link is

	mu      sync.Mutex
	queue   []piece       // guarded by mu
	bytes   int           // guarded by mu: in the queue
	latest  time.Time     // guarded by mu: due time of the last piece
	changed chan struct{} // has room for one: something was put
	drained chan struct{} // has room for one: something was taken
}

// piece is some bytes on their way, or a last act.
type piece struct {
	data []byte
	due  time.Time
	x    *exchange    // whose bytes these are
	held *heldRequest // they have to wait for it; nil if not
	act  func()       // instead of bytes
	last bool         // the line ends with it
}

func newLine(owner *link) *line {
	return &line{owner: owner, done: owner.closed, changed: make(chan struct{}, 1), drained: make(chan struct{}, 1)}
}

// put appends p, late by delay. It does not wait.
func (l *line) put(p piece, delay time.Duration) {
	l.mu.Lock()
	p.due = time.Now().Add(delay)
	if p.due.Before(l.latest) {
		p.due = l.latest
	}
	l.latest = p.due
	l.queue = append(l.queue, p)
	l.bytes += len(p.data)
	l.mu.Unlock()
	signal(l.changed)
}

// waitForRoom waits until the line is not full, or the link is closed.
func (l *line) waitForRoom() {
	for {
		l.mu.Lock()
		full := l.bytes >= lineFull
		l.mu.Unlock()
		if !full {
			return
		}
		select {
		case <-l.drained:
		case <-l.done:
			return
		}
	}
}

// run hands pieces on until the last one, or until the link is closed. to is where bytes go at this moment; nil: nowhere any
// more.
func (l *line) run(to func() io.Writer) {
	for {
		p, ok := l.next()
		if !ok || !l.wait(p) {
			return
		}
		if p.act != nil {
			p.act()
		} else if w := to(); w == nil {
			return
		} else if _, err := w.Write(p.data); err != nil {
			l.owner.close(RST)
			return
		}
		if p.last {
			return
		}
	}
}

func (l *line) next() (piece, bool) {
	for {
		l.mu.Lock()
		if len(l.queue) > 0 {
			p := l.queue[0]
			l.queue = l.queue[1:]
			l.bytes -= len(p.data)
			l.mu.Unlock()
			signal(l.drained)
			return p, true
		}
		l.mu.Unlock()
		select {
		case <-l.changed:
		case <-l.done:
			return piece{}, false
		}
	}
}

// wait waits for the piece's time, for who shall overtake it, and for the thaw; false: the link was closed meanwhile.
func (l *line) wait(p piece) bool {
	if late := time.Until(p.due); late > 0 && !waitFor(time.After(late), l.done) {
		return false
	}
	if p.held != nil && !p.held.wait(l.done) {
		return false
	}
	for {
		thawed := l.owner.proxy.frozenFor(p.x)
		if thawed == nil {
			return true
		}
		if !waitFor(thawed, l.done) {
			return false
		}
	}
}

// waitFor waits for a channel; false if done came first.
func waitFor[T any](c <-chan T, done <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-done:
		return false
	}
}

// signal leaves word in a channel that has room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
