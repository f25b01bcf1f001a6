package turnserver

import (
	"bufio"
	"net"
	"sync"
	"time"
)

const (
	// silenceTimeout is how long a connection may be silent that has an allocation: longer than that lives without a refresh
	// (RFC 8656 §3.2). See stranger.go for those that have none.
	silenceTimeout = 11 * time.Minute
	// writeTimeout is how long a client may take no byte before it counts as gone.
	writeTimeout = 20 * time.Second
)

// intake is a net.Listener that is handed its connections, for they are sorted elsewhere.
type intake struct {
	server  *Server // set once
	fresh   chan net.Conn
	stopped chan struct{}
	stop    sync.Once

	mu        sync.Mutex
	conns     map[net.Addr]*watched // by what pion knows the client by, a pointer; guarded by mu
	strangers strangers             // guarded by mu
}

func newIntake(s *Server) *intake {
	return &intake{server: s, fresh: make(chan net.Conn), stopped: make(chan struct{}), conns: map[net.Addr]*watched{}, strangers: newStrangers()}
}

// put hands a connection over, or closes it where nobody takes it any more.
func (in *intake) put(conn net.Conn) {
	w := &watched{Conn: conn, intake: in, client: conn.RemoteAddr()}
	w.in = bufio.NewReaderSize(patient{w}, readAhead)
	w.gate = gate{server: in.server, send: func(answer []byte, _ net.Addr) { _, _ = w.send(answer) }}
	w.until = time.Now().Add(strangerAge)
	in.mu.Lock()
	in.conns[w.client] = w
	oldest := in.strangers.add(w)
	in.mu.Unlock()
	if oldest != nil {
		_ = oldest.Close()
	}
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

// allocated and deleted are told by pion of each allocation; those over UDP are none of ours.
func (in *intake) allocated(client net.Addr) {
	if w := in.of(client); w != nil {
		w.hold(1)
	}
}

func (in *intake) deleted(client net.Addr) {
	if w := in.of(client); w != nil {
		w.hold(-1)
	}
}

// permit asks the gate of the connection that a request came by.
func (in *intake) permit(client net.Addr, peer net.IP) bool {
	w := in.of(client)
	return w != nil && w.gate.permit(peer)
}

func (in *intake) of(client net.Addr) *watched {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.conns[client]
}

// watched is a client's connection that does not stay open for nothing, and has a gate.
type watched struct {
	net.Conn
	intake *intake
	client net.Addr
	in     *bufio.Reader // owned by the goroutine that reads
	gate   gate
	gone   sync.Once

	mu    sync.Mutex // taken before that of the intake
	held  int        // allocations; guarded by mu
	until time.Time  // when it has to go, if it has none; guarded by mu
}

// RemoteAddr implements net.Conn: always the same pointer, which pion hands back.
func (w *watched) RemoteAddr() net.Addr { return w.client }

// Read gives pion whole messages, as many bytes as one has.
func (w *watched) Read(p []byte) (int, error) {
	w.gate.settle()
	for {
		n, err := readFrame(w.in, p)
		if err != nil {
			return 0, err
		}
		if n = w.gate.admit(p, n, w.client, w.LocalAddr()); n > 0 {
			return lengthen(p, n), nil
		}
	}
}

// Write gives up on a client that takes nothing.
func (w *watched) Write(p []byte) (int, error) {
	if !isAnswer(p) {
		return w.send(p)
	}
	if _, err := w.send(w.gate.correct(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *watched) send(p []byte) (int, error) {
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
		delete(w.intake.conns, w.client)
		w.intake.strangers.remove(w)
		w.intake.mu.Unlock()
		err = w.Conn.Close()
	})
	return err
}

// patient waits no longer than a client of its kind may be silent.
type patient struct{ *watched }

// Read implements io.Reader.
func (c patient) Read(p []byte) (int, error) {
	if err := c.bePatient(); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}
