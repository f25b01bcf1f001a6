package listen

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// Options are what a Listener goes by.
type Options struct {
	TLS *tls.Config // nil: what looks like TLS is taken for plain HTTP, and refused there
	// STUN takes over a connection that begins with a STUN message, inside TLS or not; it must not block. Nil: there is
	// nobody for that, and it is taken for HTTP. With both members nil everything is plain HTTP at once.
	STUN func(net.Conn)
	// Refusal writes what a client is told whose request net/http cannot read, see Refusal; nil leaves it to net/http.
	Refusal Refusal

	silence time.Duration // how long a client may say nothing; 0: silence
}

// silence is how long a client may take for its first bytes, and once more inside TLS. Browsers open connections in
// advance and try again, unnoticed, on one that was closed before it was used.
const silence = 20 * time.Second

// Listener hands out connections ready for net/http: a *Secured where the client began with TLS, else a *Conn.
type Listener struct {
	// set once in New
	tcp     *net.TCPListener
	opts    Options
	ready   chan net.Conn
	stopped chan struct{}

	mu      sync.Mutex
	looking map[*Conn]struct{} // connections that have not said yet what they are; nil once stopped; guarded by mu

	stop    sync.Once
	running sync.WaitGroup
	accept  error // set before ready is closed
}

// New wraps tcp. Close closes tcp too and waits for the goroutines.
func New(tcp *net.TCPListener, opts Options) *Listener {
	if opts.silence == 0 {
		opts.silence = silence
	}
	l := &Listener{tcp: tcp, opts: opts, ready: make(chan net.Conn), stopped: make(chan struct{}), looking: map[*Conn]struct{}{}}
	if l.sorts() {
		l.running.Go(l.sort)
	}
	return l
}

// sorts tells whether there is more than one kind of connection.
func (l *Listener) sorts() bool { return l.opts.TLS != nil || l.opts.STUN != nil }

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	if !l.sorts() {
		return l.acceptOne()
	}
	conn, open := <-l.ready
	if !open {
		return nil, l.accept
	}
	return conn, nil
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return l.tcp.Addr() }

// Close implements net.Listener. Connections handed out stay open.
func (l *Listener) Close() error {
	var err error
	l.stop.Do(func() {
		close(l.stopped)
		err = l.tcp.Close()
		l.hurry()
	})
	l.running.Wait()
	return err
}

func (l *Listener) acceptOne() (*Conn, error) {
	tcp, err := l.tcp.AcceptTCP()
	if err != nil {
		return nil, err
	}
	conn, err := newConn(tcp)
	if err != nil {
		_ = tcp.Close()
		return nil, err
	}
	conn.refusal = l.opts.Refusal
	return conn, nil
}

func (l *Listener) isStopped() bool {
	select {
	case <-l.stopped:
		return true
	default:
		return false
	}
}

func (l *Listener) pause() {
	select {
	case <-l.stopped:
	case <-time.After(10 * time.Millisecond):
	}
}
