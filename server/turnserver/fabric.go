package turnserver

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
)

// The addresses that relayed ends have. Nobody else can have them: 192.0.0.8 is the IPv4 dummy address (RFC 7600), and
// 100::/64 leads nowhere (RFC 6666). Browsers take both for relay candidates.
var (
	dummy4 = net.IPv4(192, 0, 0, 8).To4()
	dummy6 = net.ParseIP("100::8")
)

const (
	firstPort = 1024
	tries     = 64 // of random ports, before giving up on a crowded fabric
)

var (
	errFull   = errors.New("no relayed address is free")
	errFamily = errors.New("no relayed address of that family")
)

// fabric is the network that relayed packets travel on: it lies inside the process, and its only inhabitants are the
// relayed ends of our own allocations. So there is no port range to open, no public address to configure, and no way
// from here into anybody's network, however an address is spelled, but where outside says so.
type fabric struct {
	counts     *counts  // set once
	own4, own6 net.IP   // set once: the addresses of all ends; nil: none of that family
	outside    *outside // set once; nil: there is no way out
	reading    sync.WaitGroup

	mu   sync.RWMutex
	ends map[place]*end // guarded by mu
}

// place is an address on the fabric.
type place struct {
	six  bool
	port uint16
}

func newFabric(counts *counts, o *Outside) (*fabric, error) {
	f := &fabric{counts: counts, ends: map[place]*end{}}
	var err error
	if f.own4, f.own6, err = o.own(); err != nil {
		return nil, err
	}
	f.outside, err = newOutside(o)
	return f, err
}

// open makes a relayed end for user. port 0 takes a free one; errFull: there is none, or that one is taken; errFamily.
func (f *fabric) open(u *user, six bool, port int) (*end, error) {
	if f.address(six) == nil {
		return nil, errFamily
	}
	var socket net.PacketConn
	if f.outside != nil {
		var err error
		if socket, err = f.outside.listen(six, port); err != nil {
			return nil, err
		}
		port = socket.LocalAddr().(*net.UDPAddr).Port
	}
	e, err := f.place(u, six, port, socket)
	switch {
	case socket == nil:
	case err != nil:
		_ = socket.Close()
	default:
		f.reading.Go(func() { e.listenTo(socket) })
	}
	return e, err
}

func (f *fabric) place(u *user, six bool, port int, socket net.PacketConn) (*end, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range tries {
		at := place{six: six, port: uint16(port)}
		if port == 0 {
			at.port = uint16(firstPort + rand.N(1<<16-firstPort))
		}
		if f.ends[at] == nil {
			e := newEnd(f, u, at, socket)
			f.ends[at] = e
			return e, nil
		}
		if port != 0 {
			break
		}
	}
	return nil, errFull
}

func (f *fabric) close(e *end) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ends, e.at)
}

// find is the end with this address, or nil.
func (f *fabric) find(addr *net.UDPAddr) *end {
	at, ok := f.placeOf(addr)
	if !ok {
		return nil
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.ends[at]
}

// at is the end that has this very address: not a later one, that came to have the same.
func (f *fabric) at(relayed net.Addr) *end {
	addr, ok := relayed.(*net.UDPAddr)
	if !ok {
		return nil
	}
	if e := f.find(addr); e != nil && e.addr == addr {
		return e
	}
	return nil
}

// endsOf are the ends of one user.
func (f *fabric) endsOf(name string) []*end {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var found []*end
	for _, e := range f.ends {
		if e.user.name == name {
			found = append(found, e)
		}
	}
	return found
}

func (f *fabric) placeOf(addr *net.UDPAddr) (place, bool) {
	switch {
	case !f.inside(addr.IP):
		return place{}, false
	case addr.IP.To4() != nil:
		return place{port: uint16(addr.Port)}, true
	}
	return place{six: true, port: uint16(addr.Port)}, true
}

// inside tells whether an address is one of the fabric's.
func (f *fabric) inside(ip net.IP) bool { return ip.Equal(f.own4) || ip.Equal(f.own6) }

func (f *fabric) address(six bool) net.IP {
	if six {
		return f.own6
	}
	return f.own4
}

// counts are for metrics.
type counts struct {
	allocations atomic.Int64 // at the moment
	bytes       atomic.Int64 // relayed since the start
	refused     [len(reasons)]atomic.Int64
}

// A reason is why something was refused or a packet dropped.
type reason int

const (
	badCredential reason = iota // wrong, expired, of a peer that left, or not of the one whose allocation it is
	quotaReached                // too many allocations, or peers or channels of one
	noPort                      // every port to relay on is taken
	outsidePeer                 // a peer address that is none of ours
	foreignRoom                 // a relayed address of another room
	strangePeer                 // a sender that the receiver has not permitted
	tooFast                     // more bytes per second than a peer may
	tooSlow                     // the receiver does not keep up
)

var reasons = [...]string{
	badCredential: "credential", quotaReached: "quota", noPort: "ports", outsidePeer: "outside", foreignRoom: "room", strangePeer: "permission", tooFast: "rate", tooSlow: "backlog",
}

func (c *counts) refuse(why reason) { c.refused[why].Add(1) }
