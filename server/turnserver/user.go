package turnserver

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// user is one peer of a room, as TURN knows it, for as long as it has allocations, and until its pace is full again after
// that: else it would have a full one with each new allocation.
type user struct {
	users *users        // set once
	name  string        // set once: "ROOM-PEER"
	room  string        // set once
	out   *rate.Limiter // set once; nil: unlimited
	in    *rate.Limiter // set once; nil: unlimited
	free  bool          // set once: it tests us, within no quota

	// guarded by users.mu
	held   int  // allocations
	fading bool // is forgotten once its pace is full
}

// overhead is what a packet costs beside what is in it, in bytes: the headers of IP, UDP and TURN, for those have to be
// relayed too, and it takes as much work.
const overhead = 60

// maySend takes a packet of n bytes from what the peer may send to others.
func (u *user) maySend(n int) bool { return allows(u.out, n) }

// mayReceive takes a packet of n bytes from what may come to the peer from the network. What comes from another peer is on
// that one's account.
func (u *user) mayReceive(n int) bool { return allows(u.in, n) }

func allows(pace *rate.Limiter, n int) bool {
	return pace == nil || pace.AllowN(time.Now(), n+overhead)
}

func (u *user) release() {
	if u != nobody {
		u.users.release(u)
	}
}

// nobody holds no allocations, sends nothing and is in no room.
var nobody = &user{}

// users counts allocations, per peer and in all.
type users struct {
	cfg    Config  // set once
	counts *counts // set once

	mu   sync.Mutex
	all  map[string]*user // guarded by mu
	held int              // guarded by mu
}

func newUsers(cfg Config, counts *counts) *users {
	return &users{cfg: cfg, counts: counts, all: map[string]*user{}}
}

// mayAllocate tells whether a further allocation is within both quotas.
func (us *users) mayAllocate(name string) bool {
	us.mu.Lock()
	defer us.mu.Unlock()
	return us.mayAllocateLocked(name)
}

func (us *users) mayAllocateLocked(name string) bool {
	if roomOf(name) == selfTestRoom {
		return true
	}
	if us.cfg.MaxAllocations > 0 && us.held >= us.cfg.MaxAllocations {
		return false
	}
	u := us.all[name]
	return u == nil || us.cfg.MaxAllocationsPerPeer <= 0 || u.held < us.cfg.MaxAllocationsPerPeer
}

// holds tells whether a peer has allocations, or is about to.
func (us *users) holds(name string) bool {
	us.mu.Lock()
	defer us.mu.Unlock()
	u := us.all[name]
	return u != nil && u.held > 0
}

// acquire counts one more allocation of a peer; nil where a quota is reached.
func (us *users) acquire(name string) *user {
	us.mu.Lock()
	defer us.mu.Unlock()
	if !us.mayAllocateLocked(name) {
		return nil
	}
	u := us.all[name]
	if u == nil {
		u = &user{users: us, name: name, room: roomOf(name), free: roomOf(name) == selfTestRoom}
		if perSecond := us.cfg.BytesPerSecond; perSecond > 0 {
			burst := max(perSecond, maxPacket+overhead) // a key frame comes in one
			u.out, u.in = rate.NewLimiter(rate.Limit(perSecond), burst), rate.NewLimiter(rate.Limit(perSecond), burst)
		}
		us.all[name] = u
	}
	u.held++
	if !u.free {
		us.held++
	}
	us.counts.allocations.Add(1)
	return u
}

func (us *users) release(u *user) {
	us.mu.Lock()
	defer us.mu.Unlock()
	u.held--
	if !u.free {
		us.held--
	}
	us.counts.allocations.Add(-1)
	if u.held == 0 && !u.fading {
		us.forgetLocked(u)
	}
}

// forgetLocked forgets a user without allocations, once its pace is full.
func (us *users) forgetLocked(u *user) {
	missing := max(refill(u.out), refill(u.in))
	u.fading = u.held == 0 && missing > 0
	switch {
	case u.held > 0:
	case u.fading:
		time.AfterFunc(missing, func() {
			us.mu.Lock()
			defer us.mu.Unlock()
			us.forgetLocked(u)
		})
	default:
		delete(us.all, u.name)
	}
}

// refill is how long it takes until a pace is full.
func refill(pace *rate.Limiter) time.Duration {
	if pace == nil {
		return 0
	}
	missing := float64(pace.Burst()) - pace.Tokens()
	return time.Duration(missing / float64(pace.Limit()) * float64(time.Second))
}
