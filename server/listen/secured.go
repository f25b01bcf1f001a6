package listen

import (
	"crypto/tls"
	"net"
)

// Secured is a TLS connection whose first bytes were looked at. Read begins with those. net/http takes its
// ConnectionState for a request's TLS member, as it would a *tls.Conn's.
type Secured struct {
	*tls.Conn
	refusal Refusal // set once; nil: net/http's own words
	first   []byte  // owned by whoever reads
}

// tell looks at the first bytes inside TLS. It waits up to the read deadline.
func (s *Secured) tell(opts *Options) kind {
	inside := Options{STUN: opts.STUN} // there is no TLS in TLS
	var room [512]byte
	for {
		n, err := s.Conn.Read(room[:])
		s.first = append(s.first, room[:n]...)
		if what := kindOf(s.first, &inside); what != unknown || err != nil {
			return what
		}
	}
}

// Read implements net.Conn.
func (s *Secured) Read(p []byte) (int, error) {
	if len(s.first) == 0 {
		return s.Conn.Read(p)
	}
	n := copy(p, s.first)
	if s.first = s.first[n:]; len(s.first) == 0 {
		s.first = nil
	}
	return n, nil
}

// Write implements net.Conn.
func (s *Secured) Write(p []byte) (int, error) { return s.refusal.write(s.Conn, p) }

// Below is the connection beneath TLS, or conn itself where there is none.
func Below(conn net.Conn) net.Conn {
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return secured.NetConn()
	}
	return conn
}
