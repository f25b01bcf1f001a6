package turnserver_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"yodel/server/ice"
	"yodel/server/turnserver"
)

const (
	secret = "north"
	ann    = "0196f6ae-0000-7000-8000-00000000000a"
	ben    = "0196f6ae-0000-7000-8000-00000000000b"
)

// house is a server with a UDP socket and a TCP port.
type house struct {
	*turnserver.Server
	t        *testing.T
	udp, tcp net.Addr
}

func open(t *testing.T, cfg turnserver.Config) *house {
	t.Helper()
	cfg.Secret = secret
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := turnserver.New(cfg, []net.PacketConn{socket}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server.Serve(conn)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-accepted
		if err := server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &house{server, t, socket.LocalAddr(), listener.Addr()}
}

// dial makes the connection of a client, over "udp" or "tcp".
func (h *house) dial(network string) (net.PacketConn, net.Addr) {
	h.t.Helper()
	if network == "udp" {
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			h.t.Fatal(err)
		}
		return conn, h.udp
	}
	conn, err := net.Dial("tcp4", h.tcp.String())
	if err != nil {
		h.t.Fatal(err)
	}
	return turn.NewSTUNConn(conn), h.tcp
}

// client is one with the credentials of a peer, good until expires.
func (h *house) client(network, room, peer string, expires time.Time) *turn.Client {
	h.t.Helper()
	name := fmt.Sprintf("%d:%s", expires.Unix(), ice.UserName(room, peer))
	return h.clientWith(network, name, ice.Password(secret, name))
}

func (h *house) clientWith(network, name, password string) *turn.Client {
	h.t.Helper()
	conn, server := h.dial(network)
	client, err := turn.NewClient(&turn.ClientConfig{
		Conn: conn, STUNServerAddr: server.String(), TURNServerAddr: server.String(), Username: name, Password: password, RTO: 50 * time.Millisecond,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := client.Listen(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { client.Close(); _ = conn.Close() })
	return client
}

// end is a relayed end as its client has it.
type end struct {
	net.PacketConn
	client *turn.Client
}

func (e end) permits(t *testing.T, other end) {
	t.Helper()
	e.permitsAddress(t, other.LocalAddr())
}

func (h *house) allocate(network, room, peer string) end {
	h.t.Helper()
	client := h.client(network, room, peer, time.Now().Add(time.Minute))
	made, err := client.Allocate()
	if err != nil {
		h.t.Fatalf("allocate over %s: %v", network, err)
	}
	h.t.Cleanup(func() { _ = made.Close() })
	return end{made, client}
}

func (h *house) refusals(reason string) int64 {
	_, _, refused := h.Stats()
	return refused[reason]
}

// say sends a packet. pion holds back data of fewer than 5 bytes over TCP until more comes, so no text here is as short.
func say(t *testing.T, from, to end, text string) {
	t.Helper()
	if _, err := from.WriteTo([]byte(text), to.LocalAddr()); err != nil {
		t.Fatalf("send: %v", err)
	}
}

func hear(t *testing.T, end net.PacketConn, want string) {
	t.Helper()
	_ = end.SetReadDeadline(time.Now().Add(5 * time.Second))
	var got [100]byte
	n, _, err := end.ReadFrom(got[:])
	if err != nil || string(got[:n]) != want {
		t.Fatalf("heard %q, %v; want %q", got[:n], err, want)
	}
}

func TestPeersOfARoomReachEachOtherOverEveryMixOfTransports(t *testing.T) {
	h := open(t, turnserver.Config{})
	for _, mix := range [][2]string{{"udp", "udp"}, {"tcp", "tcp"}, {"udp", "tcp"}} {
		a, b := h.allocate(mix[0], "r", ann), h.allocate(mix[1], "r", ben)
		a.permits(t, b)
		b.permits(t, a)
		say(t, a, b, "there")
		hear(t, b, "there")
		say(t, b, a, "and back again")
		hear(t, a, "and back again")
	}
	if _, relayed, _ := h.Stats(); relayed == 0 {
		t.Error("nothing is counted")
	}
}

func TestAPeerOfAnotherRoomIsNotReached(t *testing.T) {
	h := open(t, turnserver.Config{})
	a, stranger, b := h.allocate("udp", "r", ann), h.allocate("udp", "r2", ben), h.allocate("udp", "r", ben)
	a.permits(t, b) // all have one address, so this permits them all
	stranger.permits(t, a)
	say(t, stranger, a, "let me in")
	say(t, a, stranger, "anybody there?")
	say(t, b, a, "hello")
	hear(t, a, "hello")
	if got := h.refusals("room"); got < 2 {
		t.Errorf("%d refusals are counted", got)
	}
}

func TestNoAddressButOursIsReached(t *testing.T) {
	h := open(t, turnserver.Config{})
	client := h.client("udp", "r", ann, time.Now().Add(time.Minute))
	if _, err := client.Allocate(); err != nil {
		t.Fatal(err)
	}
	for _, ip := range []string{
		"127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255",
		"192.0.0.9", "8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
	} {
		err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(ip), Port: 80})
		if err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("%s: %v", ip, err)
		}
	}
	if h.refusals("outside") == 0 {
		t.Error("nothing is counted")
	}
}

func TestCredentials(t *testing.T) {
	left := ben
	h := open(t, turnserver.Config{MayRelay: func(room, peer string) bool { return room == "r" && peer != left }})
	future := time.Now().Add(time.Minute)
	good := fmt.Sprintf("%d:r-%s", future.Unix(), ann)
	for name, client := range map[string]*turn.Client{
		"expired":             h.client("udp", "r", ann, time.Now().Add(-time.Second)),
		"of another room":     h.client("udp", "s", ann, future),
		"of a peer that left": h.client("udp", "r", left, future),
		"a wrong password":    h.clientWith("udp", good, "south"),
		"another's name":      h.clientWith("udp", strings.Replace(good, ann, ben, 1), ice.Password(secret, good)),
		"no expiry":           h.clientWith("udp", "r-"+ann, ice.Password(secret, "r-"+ann)),
		"no peer":             h.clientWith("udp", "99999999999:r", ice.Password(secret, "99999999999:r")),
		"nothing":             h.clientWith("udp", "", ""),
	} {
		before := h.refusals("credential")
		if _, err := client.Allocate(); err == nil {
			t.Errorf("%s: it allocates", name)
		}
		if n := h.refusals("credential") - before; n != 1 {
			t.Errorf("%s: %d refusals are counted", name, n)
		}
	}
	before := h.refusals("credential")
	if _, err := h.clientWith("udp", good, ice.Password(secret, good)).Allocate(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	if n := h.refusals("credential") - before; n != 0 {
		t.Errorf("a good one: %d refusals are counted", n)
	}
}

func TestQuotas(t *testing.T) {
	h := open(t, turnserver.Config{MaxAllocationsPerPeer: 2, MaxAllocations: 3})
	first := h.allocate("udp", "r", ann)
	h.allocate("udp", "r", ann)
	if _, err := h.client("udp", "r", ann, time.Now().Add(time.Minute)).Allocate(); err == nil || !strings.Contains(err.Error(), "486") {
		t.Errorf("a third of one peer: %v", err)
	}
	h.allocate("tcp", "r", ben)
	if _, err := h.client("udp", "r", ben, time.Now().Add(time.Minute)).Allocate(); err == nil || !strings.Contains(err.Error(), "486") {
		t.Errorf("a fourth of the server: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	h.allocations(2)
	h.allocate("udp", "r", ann)
}

// allocations waits until there are so many.
func (h *house) allocations(want int64) {
	h.t.Helper()
	h.until(fmt.Sprintf("there are %d allocations", want), func() bool {
		got, _, _ := h.Stats()
		return got == want
	})
}

// until waits for what the server does on its own.
func (h *house) until(what string, so func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("it does not come to it that %s", what)
		}
	}
}

func TestThePaceOfAPeerIsLimited(t *testing.T) {
	h := open(t, turnserver.Config{BytesPerSecond: 4000})
	a, b := h.allocate("udp", "r", ann), h.allocate("udp", "r", ben)
	for range 20 {
		say(t, a, b, strings.Repeat("x", 1000))
	}
	deadline, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for h.refusals("rate") < 10 && deadline.Err() == nil {
		say(t, a, b, strings.Repeat("x", 1000))
	}
	if got := h.refusals("rate"); got < 10 {
		t.Errorf("%d packets were dropped", got)
	}
}

func TestWhoLeavesLosesItsAllocations(t *testing.T) {
	h := open(t, turnserver.Config{})
	h.allocate("udp", "r", ann)
	h.allocate("tcp", "r", ann)
	h.allocate("udp", "r", ben)
	h.End("r", ann)
	h.allocations(1)
}

// TestWhoLeavesMeanwhileDoesNotAllocate: between the question whether the peer is there and the allocation, so that End finds
// none yet.
func TestWhoLeavesMeanwhileDoesNotAllocate(t *testing.T) {
	var asked atomic.Int64
	h := open(t, turnserver.Config{MayRelay: func(string, string) bool { return asked.Add(1) == 1 }})
	if _, err := h.client("udp", "r", ann, time.Now().Add(time.Minute)).Allocate(); err == nil || asked.Load() < 2 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
	h.allocations(0)
}

// TestWhoIsGoneRefreshesNothing, as long as that is so.
func TestWhoIsGoneRefreshesNothing(t *testing.T) {
	var gone atomic.Bool
	h := open(t, turnserver.Config{MayRelay: func(string, string) bool { return !gone.Load() }})
	a := h.asker("udp", ann)
	a.mustHold(udp)
	for _, want := range []int{0, 401, 0} {
		if code := codeOf(a.send(a.signed(stun.MethodRefresh))); code != want {
			t.Errorf("the code is %d, not %d", code, want)
		}
		gone.Store(want == 0)
	}
}

func TestAConnectionThatEndsTakesItsAllocationWithIt(t *testing.T) {
	h := open(t, turnserver.Config{})
	a := h.asker("tcp", ann)
	connections := func(open, strangers int64) {
		t.Helper()
		h.until(fmt.Sprintf("there are %d connections, %d strangers", open, strangers), func() bool {
			all, some := h.Connections()
			return all == open && some == strangers
		})
	}
	connections(1, 1)
	a.mustHold(udp)
	connections(1, 0)
	h.allocate("udp", "r", ann)
	h.allocations(2)
	if err := a.conn.Close(); err != nil {
		t.Fatal(err)
	}
	h.allocations(1)
	connections(0, 0)
	b := h.asker("tcp", ann)
	b.mustHold(udp)
	connections(1, 0)
	h.End("r", ann)
	connections(1, 1)
}

func TestSelfTest(t *testing.T) {
	h := open(t, turnserver.Config{MaxAllocations: 1, MaxAllocationsPerPeer: 1, MayRelay: func(room, _ string) bool { return room == "r" }})
	h.allocate("udp", "r", ann) // of which there may be no more
	for _, network := range []string{"udp", "tcp"} {
		err := h.SelfTest(t.Context(), func(context.Context) (net.PacketConn, net.Addr, error) {
			conn, server := h.dial(network)
			return conn, server, nil
		})
		if err != nil {
			t.Errorf("%s: %v", network, err)
		}
	}
	h.allocations(1)
	gone, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gone.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := h.SelfTest(ctx, func(context.Context) (net.PacketConn, net.Addr, error) {
		conn, _ := h.dial("udp")
		return conn, gone.LocalAddr(), nil
	}); err == nil {
		t.Error("a port that does not answer passes")
	}
}
