package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/listen"
	"yodel/server/room"
)

var errStreamsClosed = errors.New("streams are closed")

// slots is into how many steps the pulse divides the heartbeat interval: a heartbeat is late by one of them at most.
const slots = 40

// streams are all event streams of the server: net/http knows nothing of them, so they are counted, kept alive and
// closed here. One timer, the pulse, serves them all: it goes round once per heartbeat interval, and finds in each slot
// the streams whose silence may be over then.
type streams struct {
	// set once in newStreams
	began    time.Time // what streams count milliseconds from: the clock on the wall may be set
	interval time.Duration
	maxAge   time.Duration
	unacked  time.Duration
	log      *slog.Logger
	hangups  *listen.Hangups
	stop     chan struct{}

	count   atomic.Int64
	running sync.WaitGroup // the pulse, and writers that wait for a connection

	mu     sync.Mutex
	wheel  [slots]map[*stream]struct{} // guarded by mu
	now    int                         // guarded by mu: slot of the last step
	closed bool                        // guarded by mu
}

func newStreams(interval, maxAge time.Duration, log *slog.Logger) (*streams, error) {
	hangups, err := listen.NewHangups()
	if err != nil {
		return nil, err
	}
	set := &streams{began: time.Now(), interval: interval, maxAge: maxAge, unacked: unackedTimeout, log: log, hangups: hangups, stop: make(chan struct{})}
	set.running.Go(set.pulse)
	return set, nil
}

// millis is a moment as streams count it, by the monotonic clock.
func (set *streams) millis(t time.Time) int64 { return t.Sub(set.began).Milliseconds() }

// reserve counts a stream that is about to be opened; false where that is one too many. release takes it back.
func (set *streams) reserve(limit int) bool {
	if n := set.count.Add(1); limit > 0 && n > int64(limit) {
		set.count.Add(-1)
		return false
	}
	return true
}

func (set *streams) release() { set.count.Add(-1) }

// open takes the request's connection over and begins its stream. On an error the
// reservation is given back, before the client can know of it.
func (set *streams) open(c *gin.Context, rooms *room.Service, at *room.Attendance, after string) error {
	s := &stream{set: set}
	s.state.Store(writerActive) // news that come before the beginning is written have to wait for it
	now := set.millis(time.Now())
	s.lastWrite.Store(now)
	s.oldAt = now + (set.maxAge - rand.N(set.maxAge/10+1)).Milliseconds() // not all who came at once go at once
	reader, hello, err := rooms.Subscribe(c.Request.Context(), at, room.Stream, after, s.wake)
	if err != nil {
		set.release()
		return err
	}
	s.reader = reader
	head := streamHead(c.Request, c.Writer.Header())
	conn, err := takeOver(c)
	if err != nil {
		set.release()
		reader.Close()
		return err
	}
	s.attach(conn)
	if err := set.admit(s); err != nil {
		set.release()
		reader.Close()
		_ = conn.Close()
		return err
	}
	set.log.Debug("stream opened", "room", at.Room, "peer", at.Peer)
	s.begin(head, hello)
	return nil
}

// takeOver hijacks the connection. What a client sends on it from here on is not read.
func takeOver(c *gin.Context) (net.Conn, error) {
	conn, _, err := http.NewResponseController(c.Writer).Hijack()
	if err != nil {
		return nil, fmt.Errorf("take connection over: %w", err)
	}
	return conn, nil
}

// admit puts a stream into the pulse and watches its connection.
func (set *streams) admit(s *stream) error {
	set.mu.Lock()
	if set.closed {
		set.mu.Unlock()
		return errStreamsClosed
	}
	s.known = true
	set.placeLocked(s, set.now)
	set.mu.Unlock()
	if s.raw == nil {
		s.goOn(s.drainInput)
		return nil
	}
	if err := s.raw.Detach(set.unacked); err != nil {
		set.log.Warn("stream without a timeout", "error", err)
	}
	key, err := set.hangups.Watch(s.raw, s.close)
	if err != nil {
		set.log.Warn("stream without a hangup watch", "error", err)
		return nil
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if s.known {
		s.hangup = key
	} else {
		set.hangups.Forget(key)
	}
	return nil
}

// forget takes a closed stream out.
func (set *streams) forget(s *stream) {
	set.mu.Lock()
	known, key := s.known, s.hangup
	if known {
		delete(set.wheel[s.slot], s)
		s.known = false
	}
	set.mu.Unlock()
	if known {
		set.count.Add(-1)
	}
	if key != 0 {
		set.hangups.Forget(key)
	}
}

// spawn runs fn in a goroutine that close waits for; false once close has begun.
func (set *streams) spawn(fn func()) bool {
	set.mu.Lock()
	defer set.mu.Unlock()
	if !set.closed {
		set.running.Go(fn)
	}
	return !set.closed
}

// close ends what is still open and waits.
func (set *streams) close() {
	set.mu.Lock()
	if set.closed {
		set.mu.Unlock()
		return
	}
	set.closed = true
	close(set.stop)
	var open []*stream
	for _, slot := range set.wheel {
		for s := range slot {
			open = append(open, s)
		}
	}
	set.mu.Unlock()
	for _, s := range open {
		s.close()
	}
	set.running.Wait()
	if err := set.hangups.Close(); err != nil {
		set.log.Warn("closing the hangup watch failed", "error", err)
	}
}
