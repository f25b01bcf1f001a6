package turnserver

import "net"

// guarded is a UDP socket with a gate.
type guarded struct {
	net.PacketConn
	gate gate
}

func (s *Server) guard(socket net.PacketConn) *guarded {
	g := &guarded{PacketConn: socket}
	g.gate = gate{server: s, send: func(answer []byte, client net.Addr) { _, _ = socket.WriteTo(answer, client) }}
	return g
}

// ReadFrom implements net.PacketConn. Only pion's one loop calls it.
func (g *guarded) ReadFrom(p []byte) (int, net.Addr, error) {
	g.gate.settle()
	for {
		n, from, err := g.PacketConn.ReadFrom(p)
		if err != nil {
			return n, from, err
		}
		if n = g.gate.admit(p, n, from, g.LocalAddr()); n > 0 {
			return n, from, nil
		}
	}
}

// WriteTo implements net.PacketConn.
func (g *guarded) WriteTo(p []byte, to net.Addr) (int, error) {
	if !isAnswer(p) {
		return g.PacketConn.WriteTo(p, to)
	}
	if _, err := g.PacketConn.WriteTo(g.gate.correct(p), to); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (g *guarded) permit(_ net.Addr, peer net.IP) bool { return g.gate.permit(peer) }
