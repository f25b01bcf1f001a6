package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/pion/stun/v4"
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
func (x *examination) relays(ctx context.Context, told json.RawMessage, ways *sync.WaitGroup) {
	room := "/rooms/check-" + uuid.NewString() + "/peers"
	joined, err := x.join(ctx, room)
	if err != nil {
		x.noSeat(told, err)
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

// noSeat: without one nothing is known of the relays that the server offers, least of all that something blocks them.
func (x *examination) noSeat(told json.RawMessage, err error) {
	var server struct {
		Relay struct{ URLs []struct{ Way, URL string } }
	}
	_ = json.Unmarshal(told, &server) // it was read before
	why := explain(err, hostPort(x.origin))
	for _, offered := range server.Relay.URLs {
		f := x.failing(offered.Way, fail(NoSeat, why.cause, "not tried, since the server let nobody into a room: %s", why.says))
		f.URL, f.Code = offered.URL, why.code
		x.note(f)
	}
}

func (x *examination) join(ctx context.Context, path string) (joined seat, err error) {
	ctx, cancel := context.WithTimeout(ctx, x.Patience)
	defer cancel()
	request, err := x.request(ctx, http.MethodPost, path)
	if err == nil {
		err = x.answer(request, &joined)
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
	var witnesses []*witness
	dial := func(ctx context.Context) (net.PacketConn, net.Addr, error) {
		w := &witness{giveUp: cancel}
		at, err := x.dial(ctx, w, way, hostOf(url))
		if err == nil {
			witnesses = append(witnesses, w)
		}
		return w, at, err
	}
	var took time.Duration
	var err error
	if way == STUNUDP {
		took, err = turnserver.Bind(ctx, dial, x.Log)
	} else {
		took, err = turnserver.Relay(ctx, dial, username, credential, x.Log)
	}
	f := Finding{Way: way, State: Works, DelayMs: milliseconds(took)}
	if err != nil {
		f = x.failing(way, x.explainTry(err, witnesses, way, hostOf(url)))
	}
	f.URL = url
	x.note(f)
}

// explainTry goes by what was seen to come before what the client made of it.
func (x *examination) explainTry(err error, witnesses []*witness, way, host string) error {
	var refused *stun.TurnError
	if errors.As(err, &refused) {
		return refusal(int(refused.ErrorCodeAttr.Code), string(refused.ErrorCodeAttr.Reason))
	}
	for _, w := range slices.Backward(witnesses) {
		if f := w.failure(host); f != nil {
			return f
		}
	}
	switch {
	case len(witnesses) == 0, errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENETUNREACH):
		return explain(err, host)
	case way == TURNTCP || way == TURNTLS:
		return fail(NoAnswer, err, "the connection opens, but no relay answers")
	}
	return fail(NoAnswer, err, "no answer")
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

// dial reaches an ICE server by way, before the eyes of w.
func (x *examination) dial(ctx context.Context, w *witness, way, host string) (net.Addr, error) {
	switch way {
	case STUNUDP, TURNUDP:
		conn, err := (&net.Dialer{}).DialContext(ctx, "udp", host)
		if err != nil {
			return nil, err
		}
		w.PacketConn = conn.(*net.UDPConn) // connected, so that it hears of a port where nobody listens
		return conn.RemoteAddr(), nil
	case TURNTCP, TURNTLS:
		conn, err := x.dialTCP(ctx, host, way == TURNTLS)
		if err != nil {
			return nil, err
		}
		w.PacketConn = turn.NewSTUNConn(&tapped{Conn: conn, witness: w})
		return conn.RemoteAddr(), nil
	}
	return nil, errUnknownKind
}
