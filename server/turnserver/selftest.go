package turnserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/google/uuid"

	"yodel/server/ice"
)

// selfTestRoom is a room that nobody can be in.
const selfTestRoom = ""

// SelfTest relays a packet there and back over two connections that dial makes to the real port, and tells why that
// does not work.
func (s *Server) SelfTest(ctx context.Context, dial Dial) error {
	peer, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make user: %w", err)
	}
	name := fmt.Sprintf("%d:%s", time.Now().Add(time.Minute).Unix(), ice.UserName(selfTestRoom, peer.String()))
	_, err = Relay(ctx, dial, name, ice.Password(s.cfg.Secret, name), s.log)
	return err
}

// RelaysOutside tells whether relayed addresses are on the network, which TestOutside looks at: a packet of SelfTest never
// leaves the process.
func (s *Server) RelaysOutside() bool { return s.fabric.outside != nil }

const (
	outsidePause = 300 * time.Millisecond
	outsideTries = 5
)

var errNoWayBack = errors.New("no packet came back: this is not an address of ours, or what translates it does not lead back from inside (no hairpin), or a firewall keeps the ports closed")

// TestOutside sends a packet from one relay socket to another by each address that is announced, and tells why it does not
// arrive. That proves nothing against the address: where it is translated, there may be no way back from inside.
func (s *Server) TestOutside(ctx context.Context) error {
	var failed error
	for _, own := range []net.IP{s.fabric.own4, s.fabric.own6} {
		if own == nil {
			continue
		}
		if err := s.fabric.outside.reach(ctx, own); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%v: %w", own, err))
		}
	}
	return failed
}

func (o *outside) reach(ctx context.Context, own net.IP) error {
	var ends [2]net.PacketConn
	for i := range ends {
		var err error
		if ends[i], err = o.listen(own.To4() == nil, 0); err != nil {
			return err
		}
		defer func() { _ = ends[i].Close() }()
	}
	word := make([]byte, 32)
	_, _ = rand.Read(word) // never fails (crypto/rand, Go 1.24)
	to := &net.UDPAddr{IP: own, Port: ends[1].LocalAddr().(*net.UDPAddr).Port}
	for range outsideTries {
		if _, err := ends[0].WriteTo(word, to); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if heard(ends[1], word, time.Now().Add(outsidePause)) {
			return nil
		}
	}
	return errNoWayBack
}

// heard tells whether word comes in time, whatever else does.
func heard(end net.PacketConn, word []byte, deadline time.Time) bool {
	if end.SetReadDeadline(deadline) != nil {
		return false
	}
	var data [maxPacket]byte
	for {
		n, _, err := end.ReadFrom(data[:])
		if err != nil {
			return false
		}
		if bytes.Equal(data[:n], word) {
			return true
		}
	}
}
