package turnserver

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// user is one peer of a room, as TURN knows it, for as long as it has allocations.
type user struct {
	users *users        // set once
	name  string        // set once: "ROOM-PEER"
	room  string        // set once
	out   *rate.Limiter // set once; nil: unlimited
	in    *rate.Limiter // set once; nil: unlimited
	free  bool          // set once: it tests us, within no quota
	held  int           // allocations; guarded by users.mu
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
	return us.all[name] != nil
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
	if u.held == 0 {
		delete(us.all, u.name)
	}
}
