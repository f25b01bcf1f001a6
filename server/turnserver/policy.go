package turnserver

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// denied are the addresses that nobody may have packets relayed to: whatever is not a public unicast address, and those
// that wrap an IPv4 address up in IPv6, for a router on the way may unwrap them (IANA special-purpose registries,
// RFC 6890); and the metadata service of Azure, 168.63.129.16, which has a public address. An IPv4 address mapped into IPv6
// is looked at as the IPv4 address that it is.
var denied = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// policy says where packets may be relayed to outside the process.
type policy struct {
	allow []netip.Prefix // set once: although denied; an address of this machine only where it is named alone

	mu     sync.Mutex
	own    map[netip.Addr]bool // guarded by mu
	looked time.Time           // when own was so; guarded by mu
}

// ownAge is how old that may be: machines get other addresses as they run.
const ownAge = 10 * time.Second

// newPolicy denies the addresses of this machine too, the public ones and those in a network that is allowed: what listens
// there may trust whoever reaches it.
func newPolicy(allow []netip.Prefix) (*policy, error) {
	own, err := ownAddresses()
	if err != nil {
		return nil, fmt.Errorf("addresses of this machine: %w", err)
	}
	return &policy{allow: allow, own: own, looked: time.Now()}, nil
}

func ownAddresses() (map[netip.Addr]bool, error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	all := map[netip.Addr]bool{}
	for _, addr := range addrs {
		if network, ok := addr.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(network.IP); ok {
				all[own.Unmap()] = true
			}
		}
	}
	return all, nil
}

func (p *policy) permits(ip net.IP) bool {
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return false
	}
	addr = addr.Unmap()
	if p.isOwn(addr) {
		return slices.Contains(p.allow, netip.PrefixFrom(addr, addr.BitLen()))
	}
	return within(p.allow, addr) || !within(denied, addr) && (addr.Is4() || global6.Contains(addr))
}

// global6 is all of IPv6 that is given out (RFC 4291 §2.4, IANA's registry of the address space): the rest leads nowhere,
// or is read as something else by somebody on the way.
var global6 = netip.MustParsePrefix("2000::/3")

// isOwn tells whether a packet to addr would come to this machine.
func (p *policy) isOwn(addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsUnspecified() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.looked) > ownAge {
		p.looked = time.Now()
		if own, err := ownAddresses(); err == nil { // else those of before
			p.own = own
		}
	}
	return p.own[addr]
}

func within(all []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range all {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
