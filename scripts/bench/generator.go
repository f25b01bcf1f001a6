//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"
)

// talker is one peer under load: its place in the room, its stream, its connection for POSTs. Of two that share a room
// one has the even index, the other the next.
type talker struct {
	seat     seat
	stream   int // socket
	reader   streamReader
	hello    bool // the stream has begun
	expected int64
	posts    int // socket
	request  *postRequest
	replies  []byte // a reply that is not yet whole
}

// generator is the load: all peers' connections in one loop on one thread, so that it costs little beside the servers
// it measures. Message n goes from peer n mod peers to the other in its room; so a peer's numbers come in known steps,
// and a lost, repeated or swapped message is seen at once.
type generator struct {
	server   *server
	poll     *poller
	talkers  []*talker
	buf      [64 << 10]byte
	sent     int64
	answered int64
	arrived  int64
	onArrive func(seq int64, at time.Time) // may be nil
}

// newGenerator seats two peers in each room and opens their streams and connections.
func newGenerator(s *server, rooms int) (*generator, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	g := &generator{server: s, poll: poll}
	hc := newJoinClient()
	defer hc.CloseIdleConnections()
	for room := range rooms {
		var pair [2]seat
		for i := range pair {
			if pair[i], err = s.join(hc, "http://"+s.addr, fmt.Sprintf("bench-%d", room), fmt.Sprintf("%012d", 2*room+i)); err != nil {
				return g, err
			}
		}
		if err := errors.Join(g.add(pair[0], pair[1]), g.add(pair[1], pair[0])); err != nil {
			return g, err
		}
	}
	return g, g.awaitStreams()
}

// newJoinClient is an HTTP client that never leaves loopback, whatever proxy the environment names.
func newJoinClient() *http.Client {
	return &http.Client{Transport: &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 16}, Timeout: 30 * time.Second}
}

func (g *generator) add(self, other seat) error {
	index := len(g.talkers)
	t := &talker{seat: self, stream: -1, posts: -1, expected: int64(index ^ 1), request: newPostRequest(g.server, g.server.addr, self, other)}
	g.talkers = append(g.talkers, t)
	var err error
	if t.stream, err = dialRaw(g.server.addr); err != nil {
		return err
	}
	if t.posts, err = dialRaw(g.server.addr); err != nil {
		return err
	}
	if err := writeWhole(t.stream, streamRequest(g.server, g.server.addr, self)); err != nil {
		return err
	}
	return errors.Join(g.poll.add(t.stream, int32(2*index)), g.poll.add(t.posts, int32(2*index+1)))
}

// awaitStreams waits until every stream has begun.
func (g *generator) awaitStreams() error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		missing := 0
		for _, t := range g.talkers {
			if !t.hello {
				missing++
			}
		}
		if missing == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d streams did not begin", missing, len(g.talkers))
		}
		if err := g.turn(100 * time.Millisecond); err != nil {
			return err
		}
	}
}

// close closes every connection.
func (g *generator) close() {
	for _, t := range g.talkers {
		for _, fd := range []int{t.stream, t.posts} {
			if fd >= 0 {
				syscall.Close(fd)
			}
		}
	}
	syscall.Close(g.poll.fd)
}

// send posts the next message.
func (g *generator) send() error {
	t := g.talkers[g.sent%int64(len(g.talkers))]
	err := writeWhole(t.posts, t.request.number(g.sent))
	g.sent++
	return err
}

// turn waits, at most for the timeout, for sockets to read and reads each once.
func (g *generator) turn(timeout time.Duration) error {
	ready, err := g.poll.wait(timeout)
	if err != nil {
		return err
	}
	for _, event := range ready {
		t := g.talkers[event.Fd/2]
		if event.Fd%2 == 0 {
			err = g.readStream(t)
		} else {
			err = g.readReplies(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *generator) read(fd int) ([]byte, error) {
	n, err := syscall.Read(fd, g.buf[:])
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return nil, nil
	}
	if err == nil && n == 0 {
		return nil, errors.New("the server closed the connection")
	}
	return g.buf[:max(n, 0)], err
}

func (g *generator) readStream(t *talker) error {
	p, err := g.read(t.stream)
	if err != nil {
		return fmt.Errorf("read a stream: %w", err)
	}
	return g.takeStream(t, p)
}

// takeStream takes what came on a peer's stream and checks every message in it.
func (g *generator) takeStream(t *talker, p []byte) error {
	now := time.Now()
	return t.reader.feed(p, func(frame []byte) error {
		t.hello = t.hello || isEvent(frame)
		seq, ok, err := readOffer(frame)
		if err != nil || !ok {
			return err
		}
		if seq != t.expected {
			return fmt.Errorf("out of order, lost or repeated: message %d came where %d was due", seq, t.expected)
		}
		t.expected += int64(len(g.talkers))
		g.arrived++
		if g.onArrive != nil {
			g.onArrive(seq, now)
		}
		return nil
	})
}

func (g *generator) readReplies(t *talker) error {
	p, err := g.read(t.posts)
	if err != nil {
		return fmt.Errorf("read a reply: %w", err)
	}
	if len(t.replies) > 0 {
		t.replies = append(t.replies, p...)
		p = t.replies
	}
	for len(p) > 0 {
		status, size, err := parseResponse(p)
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		if status != http.StatusAccepted {
			return fmt.Errorf("a message was refused: %q", p[:size])
		}
		g.answered++
		p = p[size:]
	}
	t.replies = append(t.replies[:0], p...)
	return nil
}
