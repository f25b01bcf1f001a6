package turnserver_test

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"testing"

	"yodel/server/turnserver"
)

// relayed is where the ends of these tests say they are: behind an address translation, as on rented machines.
var relayed = netip.MustParseAddr("198.51.100.7")

// low and high are below the ephemeral ports, so that no other socket takes them.
const low, high = 23400, 23499

func outside(allow ...string) *turnserver.Outside {
	o := &turnserver.Outside{Addresses: []netip.Addr{relayed}, Low: low, High: high}
	for _, text := range allow {
		o.Allow = append(o.Allow, netip.MustParsePrefix(text))
	}
	return o
}

func TestAServerThatDoesNotBeginLeavesNoSocketOpen(t *testing.T) {
	for what, cfg := range map[string]turnserver.Config{
		"no secret": {}, "no address": {Secret: secret, Outside: &turnserver.Outside{Low: low, High: high}},
		"no ports": {Secret: secret, Outside: &turnserver.Outside{Addresses: []netip.Addr{relayed}}},
	} {
		socket := somebody(t, "127.0.0.1")
		if _, err := turnserver.New(cfg, []net.PacketConn{socket}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: it begins", what)
		}
		if _, err := socket.WriteTo(nil, socket.LocalAddr()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: the socket is open: %v", what, err)
		}
	}
}

// TestOutsideTheAddressLeadsBack, or does not, being that of nobody.
func TestOutsideTheAddressLeadsBack(t *testing.T) {
	for own, want := range map[string]bool{"127.0.0.1": true, relayed.String(): false} {
		o := outside()
		o.Addresses = []netip.Addr{netip.MustParseAddr(own)}
		h := open(t, turnserver.Config{Outside: o})
		if err := h.TestOutside(t.Context()); (err == nil) != want {
			t.Errorf("%s: %v", own, err)
		}
	}
	if h := open(t, turnserver.Config{}); h.RelaysOutside() {
		t.Error("relayed addresses inside the process are said to be outside")
	}
}

// echo is somebody on the network who sends back what comes.
func echo(t *testing.T) net.Addr {
	t.Helper()
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		var data [1500]byte
		for {
			n, from, err := socket.ReadFrom(data[:])
			if err != nil {
				return
			}
			_, _ = socket.WriteTo(data[:n], from)
		}
	}()
	return socket.LocalAddr()
}

func TestOutsideAPeerElsewhereIsReachedWhereThatIsAllowed(t *testing.T) {
	h := open(t, turnserver.Config{Outside: outside("127.0.0.1/32")})
	for _, network := range []string{"udp", "tcp"} {
		ours, other := h.allocate(network, "r", ann), echo(t)
		at := ours.LocalAddr().(*net.UDPAddr)
		if at.AddrPort().Addr().Unmap() != relayed || at.Port < low || at.Port > high {
			t.Fatalf("the relayed address is %v", at)
		}
		if _, err := ours.WriteTo([]byte("over "+network), other); err != nil {
			t.Fatal(err)
		}
		hear(t, ours, "over "+network)
	}
	h.until("all bytes are counted", func() bool { // a packet is counted after it was handed on
		_, bytes, _ := h.Stats()
		return bytes == 2*(8+8)
	})
}

func TestOutsideRelayedEndsReachEachOtherInside(t *testing.T) {
	h := open(t, turnserver.Config{Outside: outside()})
	a, b := h.allocate("udp", "r", ann), h.allocate("tcp", "r", ben)
	a.permits(t, b)
	b.permits(t, a)
	say(t, a, b, "hello Ben")
	hear(t, b, "hello Ben")
	foreign := h.allocate("udp", "other", ben)
	a.permits(t, foreign)
	say(t, a, foreign, "hello there")
	say(t, a, b, "hello again")
	hear(t, b, "hello again")
	if n := h.refusals("room"); n != 1 {
		t.Errorf("%d packets to another room were refused", n)
	}
}

// TestOutsideNoInsideIsReached tries what a hostile client would: networks behind the server, and the server itself.
func TestOutsideNoInsideIsReached(t *testing.T) {
	h := open(t, turnserver.Config{Outside: outside("10.1.0.0/16")})
	a := h.allocate("udp", "r", ann)
	for _, text := range []string{
		"127.0.0.1", "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8", "198.18.0.1",
		"224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
	} {
		if err := a.client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(text), Port: 80}); err == nil {
			t.Errorf("%s is permitted", text)
		}
	}
	for _, text := range []string{"10.1.0.1", "9.9.9.9"} {
		if err := a.client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(text), Port: 80}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestOutsideWhoLeavesLosesItsSocket(t *testing.T) {
	h := open(t, turnserver.Config{Outside: outside("127.0.0.1/32")})
	port := h.allocate("udp", "r", ann).LocalAddr().(*net.UDPAddr).Port
	h.End("r", ann)
	h.until("its port is free", func() bool {
		socket, err := net.ListenUDP("udp4", &net.UDPAddr{Port: port})
		if err == nil {
			_ = socket.Close()
		}
		return err == nil
	})
}
