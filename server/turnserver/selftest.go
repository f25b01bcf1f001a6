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
	"github.com/pion/turn/v5"

	"yodel/server/ice"
)

// selfTestRoom is a room that nobody can be in.
const selfTestRoom = ""

// SelfTest relays a packet there and back over two connections that dial makes to the real port, and tells why that
// does not work. Connections of a stream kind (TCP, TLS) are to be wrapped by turn.NewSTUNConn.
func (s *Server) SelfTest(ctx context.Context, dial func(context.Context) (net.PacketConn, net.Addr, error)) error {
	peer, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make user: %w", err)
	}
	name := fmt.Sprintf("%d:%s", time.Now().Add(time.Minute).Unix(), ice.UserName(selfTestRoom, peer.String()))
	var ends [2]*relayed
	for i := range ends {
		if ends[i], err = s.allocate(ctx, dial, name); err != nil {
			return err
		}
		defer ends[i].close()
	}
	return echo(ctx, ends[0], ends[1])
}

// relayed is a relayed end as a client has it.
type relayed struct {
	net.PacketConn
	client *turn.Client
	conn   net.PacketConn // to the server
}

func (r *relayed) close() {
	_ = r.Close() // gives the allocation back
	r.client.Close()
	_ = r.conn.Close()
}

func (s *Server) allocate(ctx context.Context, dial func(context.Context) (net.PacketConn, net.Addr, error), name string) (*relayed, error) {
	conn, server, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		Conn: conn, STUNServerAddr: server.String(), TURNServerAddr: server.String(),
		Username: name, Password: ice.Password(s.cfg.Secret, name), Realm: Realm, LoggerFactory: loggers{s.log},
	})
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("make client: %w", err)
	}
	r := &relayed{client: client, conn: conn}
	if err = client.Listen(); err == nil {
		r.PacketConn, err = client.AllocateWithContext(ctx)
	}
	if err != nil {
		client.Close()
		_ = conn.Close()
		return nil, fmt.Errorf("allocate: %w", err)
	}
	return r, nil
}

// echo sends a packet each way.
func echo(ctx context.Context, a, b *relayed) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(5 * time.Second)
	}
	if err := errors.Join(a.client.CreatePermission(b.LocalAddr()), b.client.CreatePermission(a.LocalAddr())); err != nil {
		return fmt.Errorf("permit: %w", err)
	}
	word := make([]byte, 32)
	_, _ = rand.Read(word) // never fails (crypto/rand, Go 1.24)
	for _, way := range [][2]*relayed{{a, b}, {b, a}} {
		if _, err := way[0].WriteTo(word, way[1].LocalAddr()); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		if err := hear(way[1], word, deadline); err != nil {
			return fmt.Errorf("receive: %w", err)
		}
	}
	return nil
}

func hear(end net.PacketConn, word []byte, deadline time.Time) error {
	if err := end.SetReadDeadline(deadline); err != nil {
		return err
	}
	heard := make([]byte, maxPacket)
	n, _, err := end.ReadFrom(heard)
	if err == nil && !bytes.Equal(heard[:n], word) {
		err = errors.New("something else came")
	}
	return err
}
