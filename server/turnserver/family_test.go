package turnserver_test

import (
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/pion/turn/v5"

	"yodel/server/ice"
	"yodel/server/turnserver"
)

// TestPeersOfBothFamiliesMeet: who reaches the server by IPv6 gets an IPv4 address to be relayed by, unless it asks for another
// (RFC 8656 §7.2), for there are no packets between the two families.
func TestPeersOfBothFamiliesMeet(t *testing.T) {
	four, six := openBoth(t)
	meet(t, four.allocate(t, turn.RequestedAddressFamilyIPv4), six.allocate(t, turn.RequestedAddressFamilyIPv4)) // which pion leaves out of the request, being the default
}

// TestPeersThatAskForIPv6Meet: as pion's do where they find the server by IPv6, whichever way the other came.
func TestPeersThatAskForIPv6Meet(t *testing.T) {
	four, six := openBoth(t)
	a, b := four.allocate(t, turn.RequestedAddressFamilyIPv6), six.allocate(t, 0)
	for _, each := range []end{a, b} {
		if ip := each.LocalAddr().(*net.UDPAddr).IP; ip.To4() != nil {
			t.Errorf("%v was not asked for", ip)
		}
	}
	meet(t, a, b)
}

func meet(t *testing.T, a, b end) {
	t.Helper()
	a.permits(t, b)
	b.permits(t, a)
	say(t, a, b, "from the other family")
	hear(t, b, "from the other family")
}

// door is where a server is reached by one family.
type door struct{ at *net.UDPAddr }

func openBoth(t *testing.T) (four, six door) {
	t.Helper()
	var sockets []net.PacketConn
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		socket, err := net.ListenPacket("udp", at)
		if err != nil {
			t.Skipf("this machine has no IPv6, not even ::1, so nobody of the other family can come: %v", err)
		}
		sockets = append(sockets, socket)
	}
	server, err := turnserver.New(turnserver.Config{Secret: secret}, sockets, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return door{sockets[0].LocalAddr().(*net.UDPAddr)}, door{sockets[1].LocalAddr().(*net.UDPAddr)}
}

// allocate asks for this family; 0: for what pion asks for by itself.
func (d door) allocate(t *testing.T, family turn.RequestedAddressFamily) end {
	t.Helper()
	conn, err := net.ListenPacket("udp", net.JoinHostPort(d.at.IP.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%d:%s", time.Now().Add(time.Minute).Unix(), ice.UserName("r", ann))
	client, err := turn.NewClient(&turn.ClientConfig{
		Conn: conn, STUNServerAddr: d.at.String(), TURNServerAddr: d.at.String(), Username: name, Password: ice.Password(secret, name),
		RequestedAddressFamily: family,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); _ = conn.Close() })
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	made, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	return end{made, client}
}
