package doctor

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/pion/turn/v5"

	"yodel/server/ice"
	"yodel/server/turnserver"
)

// seat is what a join answers, as far as it matters here.
type seat struct {
	Peer       struct{ ID string }
	Token      string
	ICEServers []struct {
		URLs                 []string
		Username, Credential string
	}
}

// relays takes a seat in a room that nobody else is in, for only who has one may relay, and looks at each ICE server of
// its join. The seat is given back once that is over.
func (x *examination) relays(ctx context.Context, ways *sync.WaitGroup) {
	room := "/rooms/check-" + uuid.NewString() + "/peers"
	joined, err := x.join(ctx, room)
	if err != nil {
		for _, way := range []string{STUNUDP, TURNUDP, TURNTCP, TURNTLS} {
			x.fails(way, err)
		}
		return
	}
	var tried sync.WaitGroup
	seen := map[string]bool{}
	for _, server := range joined.ICEServers {
		for _, url := range server.URLs {
			way := ice.KindOf(url)
			if seen[way] { // the first of its kind speaks for the others
				continue
			}
			seen[way] = true
			tried.Go(func() { x.try(ctx, way, url, server.Username, server.Credential) })
		}
	}
	ways.Go(func() {
		tried.Wait()
		x.leave(ctx, room+"/"+joined.Peer.ID, joined.Token)
	})
}

func (x *examination) join(ctx context.Context, path string) (joined seat, err error) {
	ctx, cancel := context.WithTimeout(ctx, x.Patience)
	defer cancel()
	request, err := x.request(ctx, http.MethodPost, path)
	if err == nil {
		_, _, err = x.answer(request, &joined)
	}
	return joined, err
}

// leave is for the server's sake alone: without it the seat would be empty half a minute later.
func (x *examination) leave(ctx context.Context, path, token string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.Patience)
	defer cancel()
	request, err := x.request(ctx, http.MethodDelete, path)
	if err != nil {
		return
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if response, err := x.client.Do(request); err == nil {
		_ = response.Body.Close()
	}
}

// try looks at one ICE server: STUN answers, TURN relays a packet there and back.
func (x *examination) try(ctx context.Context, way, url, username, credential string) {
	ctx, cancel := context.WithTimeout(ctx, x.Patience)
	defer cancel()
	dial := func(ctx context.Context) (net.PacketConn, net.Addr, error) { return x.dial(ctx, way, hostOf(url)) }
	var took time.Duration
	var err error
	if way == STUNUDP {
		took, err = turnserver.Bind(ctx, dial, x.Log)
	} else {
		took, err = turnserver.Relay(ctx, dial, username, credential, x.Log)
	}
	f := Finding{Way: way, State: Works, DelayMs: milliseconds(took), URL: url}
	if err != nil {
		if ctx.Err() != nil { // whatever it says then, it is that nobody answered
			err = context.DeadlineExceeded
		}
		f.State, f.DelayMs, f.Note = Fails, nil, sentence(err)
	}
	x.note(f)
}

// hostOf is host:port of an ICE URL; without a port the scheme's own (RFC 7064 §3.2, RFC 7065 §3.2).
func hostOf(url string) string {
	scheme, rest, _ := strings.Cut(url, ":")
	host, _, _ := strings.Cut(rest, "?")
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	port := "3478"
	if strings.HasSuffix(scheme, "s") {
		port = "5349"
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

var errUnknownKind = errors.New("this way is not one that the doctor can try")

// dial reaches an ICE server by way.
func (x *examination) dial(ctx context.Context, way, host string) (net.PacketConn, net.Addr, error) {
	switch way {
	case STUNUDP, TURNUDP:
		return dialUDP(ctx, host)
	case TURNTCP, TURNTLS:
		conn, err := x.dialTCP(ctx, host, way == TURNTLS)
		if err != nil {
			return nil, nil, err
		}
		return turn.NewSTUNConn(conn), conn.RemoteAddr(), nil
	}
	return nil, nil, errUnknownKind
}

func dialUDP(ctx context.Context, host string) (net.PacketConn, net.Addr, error) {
	// Connecting a socket sends nothing: it finds the address, of a family that this machine has a way for.
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", host)
	if err != nil {
		return nil, nil, err
	}
	local, remote := conn.LocalAddr().(*net.UDPAddr), conn.RemoteAddr()
	_ = conn.Close()
	socket, err := net.ListenPacket("udp", net.JoinHostPort(local.IP.String(), "0"))
	return socket, remote, err
}
