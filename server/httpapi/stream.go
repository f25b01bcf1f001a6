package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"yodel/server/call"
	"yodel/server/listen"
	"yodel/server/room"
	"yodel/store"
)

const (
	// unackedTimeout is how long a reader may leave what it is sent unacknowledged.
	unackedTimeout = 20 * time.Second
	// batchEvents is how many events are looked at before the connection is asked whether it still keeps up.
	batchEvents = 32
)

// The states of a stream's writer: whoever moves it from idle to active is the only one that writes, until it moves it
// back. Who finds it active leaves word by again.
const (
	writerIdle int32 = iota
	writerActive
	writerAgain
	writerClosed
)

// stream is one peer's event stream on a connection taken over from net/http. It has a goroutine only while the
// connection does not take what it is sent; else whoever has news writes it without blocking. The room's log is its
// queue: a writer reads on from the reader's position, so replay and live are one, and a slow reader holds no memory.
type stream struct {
	// set once before the first wake
	set    *streams
	reader *room.Reader
	conn   net.Conn
	raw    *listen.Conn // below TLS, if any; nil where the connection cannot be written to without blocking
	oldAt  int64        // milliseconds of the goodbye `refresh`

	state     atomic.Int32
	lastWrite atomic.Int64 // milliseconds, see streams.millis
	beat      atomic.Bool  // a heartbeat is due

	opening []byte // owned by the writer: what is sent first

	// guarded by set.mu
	known  bool   // in the wheel
	slot   int    // where
	hangup uint64 // key of the hangup watch; 0: none
}

// attach gives the stream its connection.
func (s *stream) attach(conn net.Conn) {
	s.conn = conn
	s.raw, _ = listen.Below(conn).(*listen.Conn)
}

// begin writes the head and what the reader is told first, and goes on as its first writer: until here, the state said active.
func (s *stream) begin(head []byte, hello room.Hello) {
	first := bytes.NewBuffer(head)
	first.WriteString(prelude)
	appendTransient(first, "hello", s.reader.Room(), 0, hello)
	s.opening = first.Bytes()
	s.startWriter()
}

// startWriter is called by who has made the state active.
func (s *stream) startWriter() {
	if s.raw == nil {
		s.goOn(func() { s.write(true) })
		return
	}
	s.write(false)
}

// wake has whatever is new written, by this goroutine if nobody else is at it. It never blocks.
func (s *stream) wake() {
	for {
		switch state := s.state.Load(); state {
		case writerIdle:
			if !s.state.CompareAndSwap(writerIdle, writerActive) {
				continue
			}
			s.startWriter()
			return
		case writerActive:
			if s.state.CompareAndSwap(writerActive, writerAgain) {
				return
			}
		default: // somebody left word already, or it is over
			return
		}
	}
}

// write is the writer: it ends when there is nothing left to say, when another goroutine has taken over, or when the
// stream was closed meanwhile.
func (s *stream) write(mayBlock bool) {
	for s.sendNews(mayBlock) {
		if s.state.CompareAndSwap(writerActive, writerIdle) || !s.state.CompareAndSwap(writerAgain, writerActive) {
			return
		}
	}
}

// sendNews writes all there is. false: the stream is over, or another goroutine goes on.
func (s *stream) sendNews(mayBlock bool) bool {
	if s.opening != nil {
		opening := s.opening
		s.opening = nil
		if !s.send(opening, mayBlock) {
			return false
		}
	}
	bye := s.reader.Goodbye() // asked for before the news, so that it is told after all that led to it
	for {
		records, err := s.reader.Next(context.Background(), batchEvents)
		if errors.Is(err, store.ErrPositionLost) {
			if !s.startOver(mayBlock) {
				return false
			}
			continue
		}
		if err != nil { // it comes back by its last id
			s.set.log.Debug("stream cannot be read on", "room", s.reader.Room(), "peer", s.reader.Peer(), "error", err)
			s.close()
			return false
		}
		if len(records) == 0 {
			break
		}
		out := buffers.Get().(*bytes.Buffer)
		for _, record := range records {
			appendEvent(out, record)
		}
		going := s.send(out.Bytes(), mayBlock)
		giveBack(out)
		if !going {
			return false
		}
	}
	if s.beat.Swap(false) && !s.sendTransient("heartbeat", 0, heartbeat{time.Now().UTC().Format(call.TimeLayout)}, mayBlock) {
		return false
	}
	if bye != nil {
		s.sayGoodbye(*bye)
		return false
	}
	return true
}

// startOver tells a reader that fell too far behind that what it missed is gone, and what the room is like now. It returns
// what send does.
func (s *stream) startOver(mayBlock bool) bool {
	hello, err := s.reader.StartOver(context.Background())
	if err != nil {
		s.close()
		return false
	}
	s.set.log.Debug("stream lost its place", "room", s.reader.Room(), "peer", s.reader.Peer())
	var out bytes.Buffer
	appendTransient(&out, "reset", s.reader.Room(), 0, reset{hello.Reason})
	appendTransient(&out, "hello", s.reader.Room(), 0, hello)
	return s.send(out.Bytes(), mayBlock)
}

type reset struct {
	Reason string `json:"reason"`
}

type heartbeat struct {
	At string `json:"at"`
}

func (s *stream) sendTransient(typ string, retry time.Duration, data any, mayBlock bool) bool {
	var out bytes.Buffer
	appendTransient(&out, typ, s.reader.Room(), retry, data)
	return s.send(out.Bytes(), mayBlock)
}

// send writes p. Where the connection does not take all of it at once, the writer waits if it may, and else leaves the
// rest, and being the writer, to a goroutine; then it returns false, as it does when the stream is over.
func (s *stream) send(p []byte, mayBlock bool) bool {
	s.lastWrite.Store(s.set.millis(time.Now()))
	if s.raw == nil {
		if err := s.conn.SetWriteDeadline(time.Now().Add(s.set.unacked)); err != nil {
			s.close()
			return false
		}
	}
	if _, err := s.conn.Write(p); err != nil {
		s.close()
		return false
	}
	if s.raw == nil || s.raw.Pending() == 0 {
		return true
	}
	if !mayBlock {
		s.goOn(func() {
			if s.flush() {
				s.write(true)
			}
		})
		return false
	}
	return s.flush()
}

// flush waits until the connection has taken what is pending; false: it did not, and the stream is over.
func (s *stream) flush() bool {
	if err := s.raw.Flush(time.Now().Add(s.set.unacked)); err != nil {
		s.close()
		return false
	}
	return true
}

// sayGoodbye writes the last word and ends the stream in order, so that it is told from one that was cut.
func (s *stream) sayGoodbye(bye room.Goodbye) {
	var out bytes.Buffer
	appendTransient(&out, "goodbye", s.reader.Room(), bye.RetryAfter, goodbyeData(bye))
	if s.raw == nil {
		_ = s.conn.SetWriteDeadline(time.Now().Add(s.set.unacked))
	}
	if err := s.writeLast(out.Bytes()); err == nil && s.raw != nil && s.raw.Pending() > 0 {
		s.goOn(func() {
			_ = s.raw.Flush(time.Now().Add(s.set.unacked))
			s.close()
		})
		return
	}
	s.close()
}

// writeLast writes p and, where there is TLS, the alert that nothing follows (RFC 8446 §6.1): without it the end of the
// connection would look to its reader like one that somebody on the way has cut.
func (s *stream) writeLast(p []byte) error {
	if _, err := s.conn.Write(p); err != nil {
		return err
	}
	if secured, ok := s.conn.(interface{ CloseWrite() error }); ok {
		return secured.CloseWrite()
	}
	return nil
}

// goOn runs the rest of the writer's work in a goroutine; there is none any more once the streams are being closed.
func (s *stream) goOn(work func()) {
	if !s.set.spawn(work) {
		s.close()
	}
}

// close ends the stream, once. The connection below TLS is closed without a word: another goroutine may be writing.
func (s *stream) close() {
	if s.state.Swap(writerClosed) == writerClosed {
		return
	}
	s.set.forget(s)
	if s.raw != nil {
		_ = s.raw.Close()
	} else {
		_ = s.conn.Close()
	}
	s.reader.Close()
	s.set.log.Debug("stream closed", "room", s.reader.Room(), "peer", s.reader.Peer())
}
