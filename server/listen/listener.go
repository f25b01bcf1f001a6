package listen

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

const (
	firstByteTimeout = 10 * time.Second
	recordHandshake  = 0x16 // first byte of a TLS ClientHello (RFC 8446 §5.1)
)

// Listener hands out connections ready for net/http: a *tls.Conn where the client began with TLS, else a *Conn.
type Listener struct {
	// set once in New
	tcp     *net.TCPListener
	config  *tls.Config
	ready   chan net.Conn
	stopped chan struct{}
	refusal Refusal       // nil: net/http's own words
	silence time.Duration // how long a client may say nothing

	stop    sync.Once
	running sync.WaitGroup
	accept  error // set before ready is closed
}

// New wraps tcp. config nil: everything is taken for plain HTTP. refusal writes what a client is told whose request
// net/http cannot read, see Refusal; nil leaves it to net/http. Close closes tcp too and waits for the goroutines.
func New(tcp *net.TCPListener, config *tls.Config, refusal Refusal) *Listener {
	return newListener(tcp, config, refusal, firstByteTimeout)
}

func newListener(tcp *net.TCPListener, config *tls.Config, refusal Refusal, silence time.Duration) *Listener {
	l := &Listener{
		tcp: tcp, config: config, refusal: refusal, silence: silence,
		ready: make(chan net.Conn), stopped: make(chan struct{}),
	}
	if config != nil {
		l.running.Go(l.sort)
	}
	return l
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	if l.config == nil {
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
	conn.refusal = l.refusal
	return conn, nil
}

// sort accepts connections and looks at the first byte of each, in a goroutine that lives until that byte is there.
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
	if err := conn.SetReadDeadline(time.Now().Add(l.silence)); err != nil { // before a stop can bring it forward
		_ = conn.Close()
		return
	}
	hurry := make(chan struct{})
	defer close(hurry)
	l.running.Go(func() { // a stop does not wait for a silent client
		select {
		case <-l.stopped:
			_ = conn.SetReadDeadline(time.Unix(1, 0))
		case <-hurry:
		}
	})
	first, err := conn.peek()
	if err != nil {
		_ = conn.Close()
		return
	}
	var sorted net.Conn = conn
	if first == recordHandshake {
		sorted = tls.Server(conn, l.config)
	}
	select {
	case l.ready <- sorted:
	case <-l.stopped:
		_ = conn.Close()
	}
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
