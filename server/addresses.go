package main

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An address is one that the server can be opened at.
type address struct {
	scheme, host string
	port         int
}

func (a address) String() string {
	return a.scheme + "://" + net.JoinHostPort(a.host, strconv.Itoa(a.port))
}

// isLocal tells whether the address is for this machine alone.
func (a address) isLocal() bool { return a.host == "localhost" || net.ParseIP(a.host).IsLoopback() }

// addresses are all of them, the ones for this machine first; left out are those for which our authority can give no
// certificate.
func addresses(cfg Config, certificates *certificates, listening netip.AddrPort) (all []address, leftOut []string) {
	for _, host := range hosts(listening.Addr()) {
		at := address{"http", host, int(listening.Port())}
		switch {
		case at.isLocal(): // plain HTTP always works on this machine, and needs no certificate there
		case cfg.proxyDoesTLS(): // whoever comes past it is sent there
			continue
		case cfg.TLS == tlsAuto: // by its domains alone
			continue
		case !certificates.covers(host):
			leftOut = append(leftOut, host)
			continue
		case cfg.TLS != tlsOff:
			at.scheme = "https"
		}
		all = append(all, at)
	}
	for _, domain := range cfg.ACME.Domains {
		all = append(all, address{"https", domain, int(listening.Port())})
	}
	return all, leftOut
}

// servingLine names every address the server can be opened at.
func servingLine(cfg Config, all []address) string {
	line := "serving"
	if cfg.PublicURL != "" {
		line += " " + cfg.PublicURL
	}
	for _, each := range all {
		line += " " + each.String()
	}
	return line
}

// addressForPhones is what a phone that knows nothing of us yet is best sent to; "": there is none. With an authority
// of our own that is plain HTTP, where the page about trusting it is: by HTTPS a browser would show its warning first,
// and no way on to that page. Whoever trusts us already is told so there, and is one tap away from the app.
func addressForPhones(cfg Config, all []address) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	i := slices.IndexFunc(all, func(a address) bool { return !a.isLocal() })
	if i < 0 {
		return ""
	}
	best := all[i]
	if cfg.TLS == tlsLocal {
		best.scheme = "http"
	}
	return best.String()
}

// hosts are the names a listening address goes by.
func hosts(addr netip.Addr) []string {
	if !addr.IsUnspecified() {
		return []string{addr.Unmap().String()}
	}
	names := []string{"localhost"}
	outward, ranks := towardOthers(), map[string]int{}
	for host, on := range ownAddresses() {
		if addr.Is4() && !host.Is4() {
			continue
		}
		names = append(names, host.String())
		ranks[host.String()] = rank(host, on, outward)
	}
	slices.SortFunc(names[1:], func(a, b string) int {
		return cmp.Or(ranks[a]-ranks[b], strings.Compare(a, b))
	})
	return names
}

// ownAddresses are those that others might reach us by, with the names of their interfaces.
func ownAddresses() map[netip.Addr]string {
	all := map[netip.Addr]string{}
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, each := range interfaces {
		own, err := each.Addrs()
		if err != nil || each.Flags&net.FlagUp == 0 {
			continue
		}
		for _, addr := range own {
			prefix, err := netip.ParsePrefix(addr.String())
			if err == nil && !prefix.Addr().IsLoopback() && !prefix.Addr().IsLinkLocalUnicast() {
				all[prefix.Addr()] = each.Name
			}
		}
	}
	return all
}

// rank puts the address that others most likely reach us by first, then those that are easy to type, and last those of
// networks that are most likely within this machine.
func rank(host netip.Addr, on, outward string) int {
	switch {
	case host.String() == outward:
		return 0
	case virtual.MatchString(on):
		return 3
	case host.Is4():
		return 1
	}
	return 2
}

// virtual are the names of interfaces that containers and virtual machines bring along. A bridge of one's own, as br0 or
// br-lan, is none of them.
var virtual = regexp.MustCompile(`^(docker|br-[0-9a-f]{12}$|veth|virbr|lxc|lxd|cni|flannel|podman|vmnet|vboxnet)`)

// towardOthers is the address of ours that packets to other networks leave by. Nothing is sent to find out.
func towardOthers() string {
	for _, other := range []string{"203.0.113.1:9", "[2001:db8::1]:9"} { // an example's (RFC 5737, RFC 3849)
		conn, err := net.Dial("udp", other)
		if err != nil {
			continue
		}
		_ = conn.Close()
		if at, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil {
			return at.Addr().String()
		}
	}
	return ""
}

// listeningAt is what a listener's address says.
func listeningAt(addr net.Addr) (netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return at, fmt.Errorf("listening address: %w", err)
	}
	return at, nil
}
