package main

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestAnAnswerComesFromTheAddressThatWasAsked asks each address of this machine from each other one. A connected socket hears
// nothing that comes from elsewhere, and browsers do not either.
func TestAnAnswerComesFromTheAddressThatWasAsked(t *testing.T) {
	t.Parallel()
	tcp, sockets, err := openPorts(":0", true)
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	for _, socket := range sockets {
		defer socket.Close()
		go func() {
			word := make([]byte, 100)
			for {
				n, from, err := socket.ReadFrom(word)
				if err != nil {
					return
				}
				_, _ = socket.WriteTo(word[:n], from)
			}
		}()
	}
	port := tcp.Addr().(*net.TCPAddr).AddrPort().Port()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var mine []netip.Addr
	for _, addr := range addrs {
		if prefix, err := netip.ParsePrefix(addr.String()); err == nil && !prefix.Addr().IsLinkLocalUnicast() {
			mine = append(mine, prefix.Addr())
		}
	}
	for _, from := range mine {
		for _, to := range mine {
			if from.Is4() != to.Is4() {
				continue
			}
			conn, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, port)))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write([]byte("who?")); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			if n, err := conn.Read(make([]byte, 1500)); err != nil || n != 4 {
				t.Errorf("%v asked %v: %v", from, to, err)
			}
		}
	}
}

// TestAPortThatSomebodySharesIsNotOurs: with a socket that lets others have its port, too.
func TestAPortThatSomebodySharesIsNotOurs(t *testing.T) {
	t.Parallel()
	other, err := listenUDP("udp4", netip.MustParseAddrPort("0.0.0.0:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	at := netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(other.LocalAddr().(*net.UDPAddr).Port))
	if socket, err := listenUDP("udp4", at); err == nil {
		_ = socket.Close()
		t.Error("it was taken all the same")
	}
}

// TestAPortThatIPv6HasNotFreeIsNotOurs: who comes by IPv6 would find nobody, or somebody else.
func TestAPortThatIPv6HasNotFreeIsNotOurs(t *testing.T) {
	t.Parallel()
	other, err := net.ListenPacket("udp6", "[::]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6, so nobody comes by it: %v", err)
	}
	defer other.Close()
	port := other.LocalAddr().(*net.UDPAddr).Port
	tcp, sockets, err := openPorts(net.JoinHostPort("", strconv.Itoa(port)), true)
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("it was opened all the same: %v", err)
	}
	if err == nil {
		_ = tcp.Close()
		closeUDP(sockets)
	}
	four, err := net.ListenPacket("udp4", net.JoinHostPort("", strconv.Itoa(port)))
	if err != nil {
		t.Fatalf("the socket for IPv4 is still open: %v", err)
	}
	_ = four.Close()
}

// TestEveryIPv4AddressIsNoIPv6Address: whoever writes 0.0.0.0 may have a firewall for IPv4 alone.
func TestEveryIPv4AddressIsNoIPv6Address(t *testing.T) {
	t.Parallel()
	tcp, sockets, err := openPorts("0.0.0.0:0", true)
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	for _, socket := range sockets {
		defer socket.Close()
		if at := netip.MustParseAddrPort(socket.LocalAddr().String()); !at.Addr().Is4() {
			t.Errorf("a socket for %s", at)
		}
	}
	port := tcp.Addr().(*net.TCPAddr).Port
	if conn, err := net.Dial("tcp", net.JoinHostPort("::1", strconv.Itoa(port))); err == nil {
		_ = conn.Close()
		t.Error("it answers by IPv6")
	}
}
