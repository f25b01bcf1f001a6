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
	var ends [2]end
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
	defer server.Close()
	for i, socket := range sockets {
		at := socket.LocalAddr().(*net.UDPAddr)
		conn, err := net.ListenPacket("udp", net.JoinHostPort(at.IP.String(), "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		name := fmt.Sprintf("%d:%s", time.Now().Add(time.Minute).Unix(), ice.UserName("r", ann))
		client, err := turn.NewClient(&turn.ClientConfig{
			Conn: conn, STUNServerAddr: at.String(), TURNServerAddr: at.String(), Username: name, Password: ice.Password(secret, name),
			RequestedAddressFamily: turn.RequestedAddressFamilyIPv4, // which pion leaves out of the request, being the default
		})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.Listen(); err != nil {
			t.Fatal(err)
		}
		made, err := client.Allocate()
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = end{made, client}
	}
	ends[0].permits(t, ends[1])
	ends[1].permits(t, ends[0])
	say(t, ends[0], ends[1], "from the other family")
	hear(t, ends[1], "from the other family")
}
