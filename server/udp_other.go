//go:build !linux

package main

import (
	"net"
	"net/netip"
)

// sharesUDP: what a socket for one address gets beside that for all is another matter on each of these systems.
const sharesUDP = false

func listenUDP(network string, at netip.AddrPort) (net.PacketConn, error) {
	return net.ListenPacket(network, at.String())
}
