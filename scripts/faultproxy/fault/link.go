package fault

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
)

const readSize = 32 << 10

// link is a client's connection and the server's that belongs to it. It has a goroutine for each connection that reads and
// one for each that writes, which its proxy waits for.
type link struct {
	// set once
	proxy   *Proxy
	client  net.Conn
	up      *line
	down    *line
	closed  chan struct{}  // when the link is given up
	pending chan *exchange // passed on and not yet answered

	random *rand.Rand // guarded by proxy.mu

	mu      sync.Mutex
	server  net.Conn  // guarded by mu: nil until something is passed on
	current *exchange // guarded by mu: the latest, until it is answered
	answer  *answer   // guarded by mu: under way to the client
	mute    bool      // guarded by mu: cut without telling the server
	ended   bool      // guarded by mu
}

func newLink(p *Proxy, client net.Conn, random *rand.Rand) *link {
	l := &link{proxy: p, client: client, closed: make(chan struct{}), pending: make(chan *exchange, 64), random: random}
	l.up, l.down = newLine(l), newLine(l)
	return l
}

// start begins to serve; the server is connected to when there is something to say.
func (l *link) start(running *sync.WaitGroup) {
	running.Go(l.readClient)
	running.Go(func() { l.up.run(func() io.Writer { return l.toServer(running) }) })
	running.Go(func() { l.down.run(l.toClient) })
}

// readClient reads requests and passes them on.
func (l *link) readClient() {
	r := bufio.NewReaderSize(l.client, readSize)
	var last *exchange
	for {
		h, err := readHead(r)
		if err != nil {
			l.clientEnded(err)
			return
		}
		x := newExchange(l, h)
		refusal := l.proxy.begin(x)
		l.mu.Lock()
		l.current = x
		l.mu.Unlock()
		b, err := requestBody(h)
		if err != nil {
			l.close(RST)
			return
		}
		if refusal != nil {
			if !l.refuse(r, &b, x, last, refusal.As) {
				return
			}
			continue
		}
		last = x
		select {
		case l.pending <- x:
		case <-l.closed:
			return
		}
		l.up.put(piece{data: h.raw, x: x, held: x.held}, l.proxy.delay(x, true))
		if err := eachPart(r, &b, func(data []byte) { l.up.put(piece{data: data, x: x}, l.proxy.delay(x, true)); l.up.waitForRoom() }); err != nil {
			l.clientEnded(err)
			return
		}
	}
}

// eachPart reads a body and hands it on as it comes.
func eachPart(r *bufio.Reader, b *body, hand func(data []byte)) error {
	for !b.over() {
		if _, err := r.Peek(1); err != nil {
			return err
		}
		read, _ := r.Peek(r.Buffered())
		n, err := b.take(read, func([]byte, int) {})
		if err != nil {
			return err
		}
		hand(append([]byte(nil), read[:n]...))
		_, _ = r.Discard(n)
	}
	return nil
}

// refuse answers in the server's place, after what was asked before; false: the link is over.
func (l *link) refuse(r *bufio.Reader, b *body, x, last *exchange, as string) bool {
	if err := eachPart(r, b, func([]byte) {}); err != nil {
		l.close(RST)
		return false
	}
	if last != nil && !waitFor(last.done, l.closed) {
		return false
	}
	l.down.put(piece{data: page(as, x.method), x: x}, l.proxy.delay(x, false))
	l.finish(x)
	return true
}

// finish notes that x is answered.
func (l *link) finish(x *exchange) {
	close(x.done)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == x {
		l.current = nil
	}
}

// clientEnded passes on, after all the client said, that it says no more.
func (l *link) clientEnded(err error) {
	l.mu.Lock()
	mute, x := l.mute, l.current
	l.mu.Unlock()
	switch {
	case mute:
	case errors.Is(err, io.EOF):
		l.up.put(piece{act: l.closeWrite, x: x, last: true}, l.proxy.delay(x, true))
	default:
		l.up.put(piece{act: func() { l.close(RST) }, x: x, last: true}, l.proxy.delay(x, true))
	}
}

func (l *link) closeWrite() {
	l.mu.Lock()
	server := l.server
	l.mu.Unlock()
	if server == nil {
		l.close(FIN)
		return
	}
	_ = server.(*net.TCPConn).CloseWrite()
}

// toClient is where answers go.
func (l *link) toClient() io.Writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mute {
		return io.Discard
	}
	return l.proxy.counting(l.client, &l.proxy.stats.BytesDown)
}

// toServer is where requests go; it connects first. nil: nobody listens there, and the client is told so.
func (l *link) toServer(running *sync.WaitGroup) io.Writer {
	l.mu.Lock()
	server := l.server
	l.mu.Unlock()
	if server == nil {
		conn, err := l.proxy.dial()
		if err != nil {
			l.serverDown()
			return nil
		}
		l.mu.Lock()
		l.server, server = conn, conn
		ended := l.ended
		l.mu.Unlock()
		if ended {
			_ = conn.Close()
			return nil
		}
		running.Go(func() { l.readServer(conn) })
	}
	return l.proxy.counting(server, &l.proxy.stats.BytesUp)
}

func (l *link) serverDown() {
	if l.proxy.noteDown() != Down502 {
		l.close(RST)
		return
	}
	select {
	case x := <-l.pending:
		l.down.put(piece{data: page(BadGateway, x.method), x: x}, 0)
	default:
	}
	l.down.put(piece{act: func() { l.close(FIN) }, last: true}, 0)
}

// close gives the link up: both connections end as how says.
func (l *link) close(how string) {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	l.ended = true
	if l.answer != nil {
		l.proxy.noteHeld(false, -l.answer.counted)
		l.answer = nil
	}
	server := l.server
	close(l.closed)
	l.mu.Unlock()
	end(l.client, how)
	if server != nil {
		end(server, how)
	}
	l.proxy.forget(l)
}

// cut is a close on purpose; silent: the server is told nothing, and what it still says goes nowhere.
func (l *link) cut(how string, silent bool) {
	l.proxy.noteCut()
	l.mu.Lock()
	silent = silent && l.server != nil
	l.mute = l.mute || silent
	l.mu.Unlock()
	if silent {
		end(l.client, how)
	} else {
		l.close(how)
	}
}

func end(conn net.Conn, how string) {
	if tcp, ok := conn.(*net.TCPConn); ok && how != FIN {
		_ = tcp.SetLinger(0) // makes the close a reset
	}
	_ = conn.Close()
}
