package main

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// sharesUDP: a socket for one address may stand beside that for all, and gets what is for that address.
const sharesUDP = true

// listenUDP opens a socket beside others of this process on the same port, of which that for all addresses is the first: it
// has to be free, also of others that would share it.
func listenUDP(network string, at netip.AddrPort) (net.PacketConn, error) {
	if at.Addr().IsUnspecified() {
		alone, err := net.ListenPacket(network, at.String())
		if err != nil {
			return nil, err
		}
		_ = alone.Close()
	}
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) })
		if err != nil {
			return err
		}
		return failed
	}}
	return config.ListenPacket(context.Background(), network, at.String())
}
