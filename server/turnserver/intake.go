package turnserver

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// strangerTimeout is how long a connection may be silent that has no allocation: browsers allocate at once.
	strangerTimeout = 30 * time.Second
	// silenceTimeout is the same for one that has: longer than an allocation lives without a refresh (RFC 8656 §3.2).
	silenceTimeout = 11 * time.Minute
	// writeTimeout is how long a client may take no byte before it counts as gone.
	writeTimeout = 20 * time.Second
)

// intake is a net.Listener that is handed its connections, for they are sorted elsewhere.
type intake struct {
	fresh   chan net.Conn
	stopped chan struct{}
	stop    sync.Once

	mu    sync.Mutex
	conns map[string]*watched // by the client's address; guarded by mu
}

func newIntake() *intake {
	return &intake{fresh: make(chan net.Conn), stopped: make(chan struct{}), conns: map[string]*watched{}}
}

// put hands a connection over, or closes it where nobody takes it any more.
func (in *intake) put(conn net.Conn) {
	w := &watched{Conn: conn, intake: in}
	in.mu.Lock()
	in.conns[conn.RemoteAddr().String()] = w
	in.mu.Unlock()
	select {
	case in.fresh <- w:
	case <-in.stopped:
		_ = w.Close()
	}
}

// Accept implements net.Listener.
func (in *intake) Accept() (net.Conn, error) {
	select {
	case conn := <-in.fresh:
		return conn, nil
	case <-in.stopped:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (in *intake) Close() error {
	in.stop.Do(func() { close(in.stopped) })
	return nil
}

// Addr implements net.Listener. Its connections have addresses of their own.
func (in *intake) Addr() net.Addr { return &net.TCPAddr{} }

func (in *intake) closeAll() {
	in.mu.Lock()
	open := make([]*watched, 0, len(in.conns))
	for _, w := range in.conns {
		open = append(open, w)
	}
	in.mu.Unlock()
	for _, w := range open {
		_ = w.Close()
	}
}

// allocated is told by pion of each allocation, by the client's address; those over UDP are none of ours.
func (in *intake) allocated(client, _ net.Addr, _, _, _ string, _ net.Addr, _ int) {
	if _, tcp := client.(*net.TCPAddr); !tcp {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if w := in.conns[client.String()]; w != nil {
		w.known.Store(true)
	}
}

// watched is a client's connection that does not stay open for nothing.
type watched struct {
	net.Conn
	intake *intake
	known  atomic.Bool // has, or had, an allocation
	gone   sync.Once
}

// Read waits no longer than a client of its kind may be silent.
func (w *watched) Read(p []byte) (int, error) {
	patience := strangerTimeout
	if w.known.Load() {
		patience = silenceTimeout
	}
	if err := w.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return w.Conn.Read(p)
}

// Write gives up on a client that takes nothing.
func (w *watched) Write(p []byte) (int, error) {
	if err := w.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	n, err := w.Conn.Write(p)
	if err != nil {
		_ = w.Close() // what was written in part cannot be made whole
	}
	return n, err
}

// Close implements net.Conn. It may be called more than once.
func (w *watched) Close() error {
	var err error
	w.gone.Do(func() {
		w.intake.mu.Lock()
		if name := w.RemoteAddr().String(); w.intake.conns[name] == w {
			delete(w.intake.conns, name)
		}
		w.intake.mu.Unlock()
		err = w.Conn.Close()
	})
	return err
}
