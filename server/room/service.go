// Package room decides who may say what to whom: joining and leaving, leases, messages, the room's call, and what a
// reader gets to see of it all. It holds the rules and no transport; what it decides is stored, in one order, by a
// store.Store.
package room

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"yodel/server/limit"
	"yodel/server/passcode"
	"yodel/store"
	"yodel/store/records"
)

// Config is how long things last and how many there may be. A limit of zero does not exist.
type Config struct {
	Lease       time.Duration // a seat without a stream or a request
	LeaseInCall time.Duration // the same for participants and the caller
	LeaseAway   time.Duration // the same for a page that said it is being closed
	RingTimeout time.Duration
	Heartbeat   time.Duration // told to clients; the transport keeps it
	EndedCalls  time.Duration // how long an ended call can be asked for
	TokenLife   time.Duration // how long a token is good, and so a revocation has to be remembered
	RelayLife   time.Duration // how long a TURN credential is good; the longer of the two counts

	MaxPeers      int        // per room
	MaxRooms      int        // rooms in the store, and room records
	Messages      rate.Limit // per second and peer
	MessagesBurst int
	Passcodes     int // wrong ones per minute, room and address

	Left func(room, peer string) // told of everyone who lost a seat, for good or not; nil: nobody wants to know
}

// Service is the rooms of this process.
type Service struct {
	cfg       Config
	store     store.Store
	records   records.Store
	hasher    *passcode.Hasher
	attempts  *limit.Attempts // nil: unlimited
	log       *slog.Logger
	startedAt time.Time

	peers    atomic.Int64 // seats taken
	messages atomic.Int64 // accepted since the start
	draining atomic.Bool  // Drain was called

	mu     sync.RWMutex
	hubs   map[string]*hub     // guarded by mu
	risen  map[string]struct{} // guarded by mu: see noteRisen
	closed bool                // guarded by mu

	timers sync.WaitGroup // timers of leases, ringing and closing that are running their function
}

// New returns a Service. Close it before the store and the records.
func New(cfg Config, s store.Store, r records.Store, hasher *passcode.Hasher, log *slog.Logger) *Service {
	service := &Service{cfg: cfg, store: s, records: r, hasher: hasher, log: log, startedAt: time.Now(), hubs: map[string]*hub{}, risen: map[string]struct{}{}}
	if cfg.Passcodes > 0 {
		service.attempts = limit.NewAttempts(cfg.Passcodes, time.Minute, 1<<16)
	}
	return service
}

// Stats are counts for metrics: seats taken, rooms with somebody in them, messages accepted since the start.
func (s *Service) Stats() (peers, rooms, messages int64) {
	s.mu.RLock()
	rooms = int64(len(s.hubs))
	s.mu.RUnlock()
	return s.peers.Load(), rooms, s.messages.Load()
}

// Drain tells every reader to come back elsewhere, or later: spread at random over a time that grows with their number.
func (s *Service) Drain() {
	s.draining.Store(true) // before the look round: who subscribes after it is told so at once
	readers := s.allReaders()
	spread := min(time.Second+time.Duration(len(readers))*time.Millisecond, 15*time.Second)
	for _, r := range readers {
		r.end(draining(spread))
	}
}

func draining(spread time.Duration) Goodbye {
	return Goodbye{Reason: GoodbyeDraining, RetryAfter: 250*time.Millisecond + rand.N(spread)}
}

// Close stops all timers. No method may be called after it.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, h := range s.allHubs() {
		h.stopTimers()
	}
	s.timers.Wait()
}

func (s *Service) allReaders() []*Reader {
	var all []*Reader
	for _, h := range s.allHubs() {
		all = append(all, h.allReaders()...)
	}
	return all
}

// allHubs are the hubs of this moment, for those who go on to lock each: a hub's mu is never taken while holding mu.
func (s *Service) allHubs() []*hub {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.hubs))
}

// after runs fn once d has passed, unless the timer is stopped or the service is closed.
func (s *Service) after(d time.Duration, fn func()) *time.Timer {
	return time.AfterFunc(d, func() {
		s.mu.RLock()
		if s.closed {
			s.mu.RUnlock()
			return
		}
		s.timers.Add(1)
		s.mu.RUnlock()
		defer s.timers.Done()
		fn()
	})
}

// detached is for what has to be finished although the request that began it may be gone.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}
