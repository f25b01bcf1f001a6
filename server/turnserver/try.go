package turnserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// Dial makes a connection to a STUN or TURN server, and says where that is. One of a stream kind (TCP, TLS) is wrapped by
// turn.NewSTUNConn.
type Dial func(context.Context) (net.PacketConn, net.Addr, error)

const (
	quotaPause = 200 * time.Millisecond
	quotaTries = 10
)

// Relay has the TURN server that dial reaches relay a packet there and back between two addresses of one user, and says
// how long that took, or why it does not work. Where the user may have one alone, that relays to itself; where it may have
// none at the moment, for it tries other ways too, it waits for a bit.
func Relay(ctx context.Context, dial Dial, name, password string, log *slog.Logger) (time.Duration, error) {
	a, err := allocate(ctx, dial, name, password, log)
	for try := 1; isQuota(err) && try < quotaTries; try++ {
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(quotaPause):
		}
		a, err = allocate(ctx, dial, name, password, log)
	}
	if err != nil {
		return 0, err
	}
	defer a.close()
	b, err := allocate(ctx, dial, name, password, log)
	switch {
	case isQuota(err):
		b = a
	case err != nil:
		return 0, err
	default:
		defer b.close()
	}
	return echo(ctx, a, b)
}

// isQuota tells whether an allocation was refused for there being too many (RFC 8656 §7.2).
func isQuota(err error) bool {
	var refused *stun.TurnError
	return errors.As(err, &refused) && refused.ErrorCodeAttr.Code == stun.CodeAllocQuotaReached
}

// Bind asks the STUN server that dial reaches for our address (RFC 8489 §2), and says how long the answer took.
func Bind(ctx context.Context, dial Dial, log *slog.Logger) (time.Duration, error) {
	conn, server, err := dial(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	client, err := turn.NewClient(&turn.ClientConfig{Conn: conn, STUNServerAddr: server.String(), LoggerFactory: loggers{log}})
	if err != nil {
		return 0, fmt.Errorf("make client: %w", err)
	}
	defer client.Close()
	stop := context.AfterFunc(ctx, client.Close) // else it asks on for a while
	defer stop()
	if err := client.Listen(); err != nil {
		return 0, fmt.Errorf("listen: %w", err)
	}
	began := time.Now()
	_, err = client.SendBindingRequest()
	return time.Since(began), err
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

func allocate(ctx context.Context, dial Dial, name, password string, log *slog.Logger) (*relayed, error) {
	conn, server, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		Conn: conn, STUNServerAddr: server.String(), TURNServerAddr: server.String(),
		Username: name, Password: password, LoggerFactory: loggers{log},
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
func echo(ctx context.Context, a, b *relayed) (time.Duration, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(5 * time.Second)
	}
	if err := errors.Join(a.client.CreatePermission(b.LocalAddr()), b.client.CreatePermission(a.LocalAddr())); err != nil {
		return 0, fmt.Errorf("permit: %w", err)
	}
	word := make([]byte, 32)
	_, _ = rand.Read(word) // never fails (crypto/rand, Go 1.24)
	began := time.Now()
	for _, way := range [][2]*relayed{{a, b}, {b, a}} {
		if _, err := way[0].WriteTo(word, way[1].LocalAddr()); err != nil {
			return 0, fmt.Errorf("send: %w", err)
		}
		if err := hear(way[1], word, deadline); err != nil {
			return 0, fmt.Errorf("receive: %w", err)
		}
	}
	return time.Since(began), nil
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
