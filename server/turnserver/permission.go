package turnserver

import (
	"net"
	"net/netip"
	"sync"
)

// What one allocation may have. An ICE agent has a permission for each address of the other side, and a channel for each
// address and port of it: a few dozen where networks change in the middle of a call.
const (
	maxPermitted = 64
	maxChannels  = 128
)

// permissions are what pion has granted to one allocation (RFC 8656 §9, §12). It keeps them to itself, and asks too late:
// what is not permitted must not take the place, or the pace, of what is.
type permissions struct {
	mu       sync.RWMutex
	peers    map[netip.Addr]struct{} // guarded by mu
	channels map[uint16]struct{}     // guarded by mu
}

func newPermissions() permissions {
	return permissions{peers: map[netip.Addr]struct{}{}, channels: map[uint16]struct{}{}}
}

func (p *permissions) has(ip net.IP) bool {
	addr := unmapped(ip)
	p.mu.RLock()
	defer p.mu.RUnlock()
	_, has := p.peers[addr]
	return has
}

// holdAlso tells whether there is place for these peers too, and for a channel of this number, 0 for none.
func (p *permissions) holdAlso(peers []net.IP, channel uint16) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	fresh := map[netip.Addr]struct{}{}
	for _, ip := range peers {
		addr := unmapped(ip)
		if _, has := p.peers[addr]; !has {
			fresh[addr] = struct{}{}
		}
	}
	_, bound := p.channels[channel]
	return len(p.peers)+len(fresh) <= maxPermitted && (channel == 0 || bound || len(p.channels) < maxChannels)
}

func (p *permissions) setPeer(ip net.IP, granted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if granted {
		p.peers[unmapped(ip)] = struct{}{}
	} else {
		delete(p.peers, unmapped(ip))
	}
}

func (p *permissions) setChannel(number uint16, bound bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bound {
		p.channels[number] = struct{}{}
	} else {
		delete(p.channels, number)
	}
}

func unmapped(ip net.IP) netip.Addr {
	addr, _ := netip.AddrFromSlice(ip) // pion makes sure that it is one
	return addr.Unmap()
}

// granted, withdrawn, bound and unbound are told by pion, which has granted, and so on, already.

func (s *Server) granted(_, _ net.Addr, _, _, _ string, relayed net.Addr, peer net.IP) {
	if e := s.fabric.at(relayed); e != nil {
		e.permitted.setPeer(peer, true)
	}
}

func (s *Server) withdrawn(_, _ net.Addr, _, _, _ string, relayed net.Addr, peer net.IP) {
	if e := s.fabric.at(relayed); e != nil {
		e.permitted.setPeer(peer, false)
	}
}

func (s *Server) bound(_, _ net.Addr, _, _, _ string, relayed, _ net.Addr, number uint16) {
	if e := s.fabric.at(relayed); e != nil {
		e.permitted.setChannel(number, true)
	}
}

func (s *Server) unbound(_, _ net.Addr, _, _, _ string, relayed, _ net.Addr, number uint16) {
	if e := s.fabric.at(relayed); e != nil {
		e.permitted.setChannel(number, false)
	}
}
