package listen

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"sync"
	"time"
)

const (
	recordHandshake = 0x16       // first byte of a TLS ClientHello (RFC 8446 §5.1)
	magicCookie     = 0x2112A442 // bytes 4 to 7 of a STUN message (RFC 8489 §5)
	sniffed         = 8          // bytes that tell a STUN message
)

// kind is what a connection turned out to be.
type kind int

const (
	unknown kind = iota // more bytes are needed
	isHTTP
	isTLS
	isSTUN
)

// kindOf tells what begins with these bytes. ALPN is of no use for it: Chromium's TURN over TLS names no protocol, and
// Firefox's behind a proxy says http/1.1. ChannelData never opens a connection. The top two bits of a STUN message are
// 0, which no HTTP method's are, so that nearly everything is known by its first byte.
func kindOf(first []byte, opts *Options) kind {
	switch {
	case len(first) == 0:
		return unknown
	case first[0] == recordHandshake && opts.TLS != nil:
		return isTLS
	case first[0]&0xc0 != 0 || opts.STUN == nil:
		return isHTTP
	case len(first) < sniffed:
		return unknown
	case binary.BigEndian.Uint32(first[4:]) == magicCookie:
		return isSTUN
	}
	return isHTTP // not really, but it will be told so
}

// sort accepts connections and looks at the first bytes of each, in a goroutine that lives until those are there.
func (l *Listener) sort() {
	var looking sync.WaitGroup
	for {
		conn, err := l.acceptOne()
		if err == nil {
			looking.Go(func() { l.look(conn) })
			continue
		}
		if temporary, ok := err.(interface{ Temporary() bool }); ok && temporary.Temporary() && !l.isStopped() {
			l.pause() // out of file descriptors, most likely
			continue
		}
		l.accept = err
		break
	}
	looking.Wait()
	close(l.ready)
}

func (l *Listener) look(conn *Conn) {
	if !l.begin(conn) {
		_ = conn.Close()
		return
	}
	sorted, what := l.tell(conn)
	switch {
	case !l.end(conn, sorted) || what == unknown:
		_ = conn.Close()
	case what == isSTUN:
		l.opts.STUN(sorted)
	default:
		l.handOut(sorted)
	}
}

// tell finds out what a connection is, below TLS and above. unknown: it said too little, or nothing that makes sense.
func (l *Listener) tell(conn *Conn) (net.Conn, kind) {
	what, err := conn.tell(&l.opts)
	if err != nil || what != isTLS {
		return conn, what
	}
	secured := &Secured{Conn: tls.Server(conn, l.opts.TLS), refusal: l.opts.Refusal}
	if secured.Handshake() != nil {
		return conn, unknown
	}
	if l.opts.STUN == nil {
		return secured, isHTTP
	}
	if conn.SetReadDeadline(time.Now().Add(l.opts.silence)) != nil {
		return conn, unknown
	}
	return secured, secured.tell(&l.opts)
}

func (l *Listener) handOut(conn net.Conn) {
	select {
	case l.ready <- conn:
	case <-l.stopped:
		_ = conn.Close()
	}
}

// begin gives a connection its time to say what it is; false once the listener is stopped.
func (l *Listener) begin(conn *Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.looking == nil {
		return false
	}
	l.looking[conn] = struct{}{}
	return conn.SetDeadline(time.Now().Add(l.opts.silence)) == nil
}

// end lifts the deadline again; false where there is nothing to go on with.
func (l *Listener) end(conn *Conn, sorted net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	stopped := l.looking == nil
	delete(l.looking, conn)
	return !stopped && sorted.SetDeadline(time.Time{}) == nil
}

// hurry ends the waiting for silent clients.
func (l *Listener) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.looking {
		_ = conn.SetDeadline(time.Unix(1, 0))
	}
	l.looking = nil
}
