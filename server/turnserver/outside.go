package turnserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
)

// Outside has relayed addresses on the network, for peers that relay elsewhere or not at all. Each is a UDP socket, and
// packets reach only what is public or allowed; those to another relayed address of ours stay inside all the same.
type Outside struct {
	Addresses []netip.Addr // of this machine as others see it: one IPv4 address, one IPv6 address, or both
	Low, High uint16       // ports that others can reach; Low is not 0
	Allow     []netip.Prefix
}

// outside opens the sockets.
type outside struct {
	low, high uint16
	policy    *policy
}

func newOutside(o *Outside) (*outside, error) {
	if o == nil {
		return nil, nil
	}
	if o.Low == 0 || o.High < o.Low {
		return nil, errors.New("ports to relay on: none")
	}
	policy, err := newPolicy(o.Allow)
	return &outside{low: o.Low, high: o.High, policy: policy}, err
}

// listen opens a socket on a free port of the range, or on the one that is asked for.
func (o *outside) listen(six bool, port int) (net.PacketConn, error) {
	network := "udp4"
	if six {
		network = "udp6"
	}
	for range tries {
		at := port
		if port == 0 {
			at = int(o.low) + rand.N(int(o.high)-int(o.low)+1)
		}
		socket, err := net.ListenPacket(network, net.JoinHostPort("", strconv.Itoa(at)))
		if err == nil {
			return socket, nil
		}
		if port != 0 {
			break
		}
	}
	return nil, errFull
}

// own are the addresses that relayed ends have.
func (o *Outside) own() (four, six net.IP, err error) {
	if o == nil {
		return dummy4, dummy6, nil
	}
	for _, addr := range o.Addresses {
		switch addr = addr.Unmap(); {
		case addr.Is4() && four == nil:
			four = addr.AsSlice()
		case addr.Is6() && six == nil:
			six = addr.AsSlice()
		default:
			return nil, nil, fmt.Errorf("address to relay from: %s is one too many of its family", addr)
		}
	}
	if four == nil && six == nil {
		return nil, nil, errors.New("address to relay from: none")
	}
	return four, six, nil
}

// listenTo has what comes in from the network wait with the rest, until the end is closed.
func (e *end) listenTo(socket net.PacketConn) {
	data := make([]byte, maxPacket+1)
	for {
		n, from, err := socket.ReadFrom(data)
		if err != nil {
			e.cut()
			return
		}
		udp, ok := from.(*net.UDPAddr)
		if !ok || n > maxPacket || e.fabric.inside(udp.IP) { // what is inside does not come this way
			continue
		}
		e.arrive(data[:n], udp)
	}
}

// sendOut relays a packet to the network.
func (e *end) sendOut(p []byte, to *net.UDPAddr) {
	counts := e.fabric.counts
	switch {
	case e.socket == nil || !e.fabric.outside.policy.permits(to.IP):
		counts.refuse(outsidePeer)
	case !e.user.maySend(len(p)):
		counts.refuse(tooFast)
	default:
		if _, err := e.socket.WriteTo(p, to); err == nil {
			counts.bytes.Add(int64(len(p)))
		}
	}
}

// arrive counts what comes from the network against the pace of the peer that it is for; what that peer has not asked for
// costs it nothing.
func (e *end) arrive(p []byte, from *net.UDPAddr) {
	counts := e.fabric.counts
	switch {
	case !e.permitted.has(from.IP):
		counts.refuse(strangePeer)
	case !e.user.mayReceive(len(p)):
		counts.refuse(tooFast)
	case !e.take(p, from):
		counts.refuse(tooSlow)
	default:
		counts.bytes.Add(int64(len(p)))
	}
}
