package ice

import (
	"net"
	"strconv"
)

// Way is how a client reaches this server, and so the TURN server inside it.
type Way struct {
	Host   string // a name, or an address without brackets
	Port   int
	Secure bool // there is TLS on that port, with a certificate that the client trusts for Host
}

// urls are what a client may try, in the order of how well each carries media: UDP, then TLS, which looks like any other
// page to a proxy, then TCP. Four in all, for Firefox warns of five. Nil where no URL can be made of the host.
func (w Way) urls() (stun, turn []string) {
	at := net.JoinHostPort(w.Host, strconv.Itoa(w.Port))
	stun = []string{"stun:" + at}
	if CheckSTUN(stun[0]) != nil {
		return nil, nil // browsers throw on it, for all servers at once
	}
	turn = append(turn, "turn:"+at+"?transport=udp")
	if w.Secure {
		turn = append(turn, "turns:"+at+"?transport=tcp")
	}
	return stun, append(turn, "turn:"+at+"?transport=tcp")
}
