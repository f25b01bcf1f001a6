package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pion/turn/v5"

	"yodel/server/call"
	"yodel/server/httpapi"
	"yodel/server/turnserver"
	"yodel/store/records"
)

const selfTestTimeout = 5 * time.Second

// relaySecret is what TURN credentials are made with: derived, so that a token secret never leaves its purpose, and the
// same after a restart, so that credentials outlive one.
func relaySecret(kept records.Store) string {
	mac := hmac.New(sha256.New, kept.Secret())
	mac.Write([]byte("turn"))
	return base64.RawStdEncoding.EncodeToString(mac.Sum(nil))
}

// openRelay starts the TURN server inside, on these UDP sockets, which are its own from here on; nil where it is off.
func openRelay(cfg Config, seats *seats, sockets []net.PacketConn, log *slog.Logger) (*turnserver.Server, error) {
	if !cfg.ICE.Inside {
		return nil, nil
	}
	return turnserver.New(turnserver.Config{
		Secret: cfg.ICE.Secret, MayRelay: seats.mayRelay,
		MaxAllocations: cfg.Limits.Allocations, MaxAllocationsPerPeer: cfg.Limits.AllocationsPerPeer,
		BytesPerSecond: int(cfg.Limits.RelayBytes), Outside: outside(cfg.Relay),
	}, sockets, log)
}

func outside(r Relay) *turnserver.Outside {
	if r.Mode != relayExternal {
		return nil
	}
	return &turnserver.Outside{Addresses: r.Addresses, Low: r.Ports.low, High: r.Ports.high, Allow: r.Allow}
}

// openPorts listens on TCP and, where udp is set, on the UDP port of the same number.
func openPorts(listen string, udp bool) (*net.TCPListener, []net.PacketConn, error) {
	address, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil {
		return nil, nil, err
	}
	network := "tcp"
	if address.IP.To4() != nil {
		network = "tcp4" // else 0.0.0.0 would mean every IPv6 address as well
	}
	for attempt := 0; ; attempt++ {
		tcp, err := net.ListenTCP(network, address)
		if err != nil {
			return nil, nil, err
		}
		if !udp {
			return tcp, nil, nil
		}
		sockets, err := openUDP(tcp.Addr())
		if err == nil {
			return tcp, sockets, nil
		}
		_ = tcp.Close()
		if address.Port != 0 || attempt == 16 { // else another free port may be free of both kinds
			return nil, nil, fmt.Errorf("the UDP port for STUN and TURN (--turn=off does without): %w", err)
		}
	}
}

// openUDP has a socket for each family, and where the system can one for each address of this machine as well: an answer
// has to come from the address that was asked, and a socket for all addresses leaves that to the routes.
func openUDP(tcp net.Addr) ([]net.PacketConn, error) {
	at, err := netip.ParseAddrPort(tcp.String())
	if err != nil {
		return nil, fmt.Errorf("listening address: %w", err)
	}
	if !at.Addr().IsUnspecified() {
		socket, err := net.ListenPacket("udp", netip.AddrPortFrom(at.Addr().Unmap(), at.Port()).String())
		return []net.PacketConn{socket}, err
	}
	four, err := listenUDP("udp4", netip.AddrPortFrom(netip.IPv4Unspecified(), at.Port()))
	if err != nil {
		return nil, err
	}
	all := append([]net.PacketConn{four}, openEach("udp4", at.Port())...)
	if at.Addr().Is4() {
		return all, nil
	}
	six, err := listenUDP("udp6", netip.AddrPortFrom(netip.IPv6Unspecified(), at.Port()))
	switch {
	case isMissingFamily(err):
		return all, nil
	case err != nil:
		closeUDP(all)
		return nil, err
	}
	return append(append(all, six), openEach("udp6", at.Port())...), nil
}

// isMissingFamily tells whether a socket could not be opened because this machine has no IPv6.
func isMissingFamily(err error) bool {
	return errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EPROTONOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL)
}

func closeUDP(sockets []net.PacketConn) {
	for _, socket := range sockets {
		_ = socket.Close()
	}
}

// openEach has a socket for each address there is now; what comes to a later one finds that for all.
func openEach(network string, port uint16) (sockets []net.PacketConn) {
	addrs, err := net.InterfaceAddrs()
	if err != nil || !sharesUDP {
		return nil
	}
	for _, addr := range addrs {
		prefix, err := netip.ParsePrefix(addr.String())
		if err != nil || prefix.Addr().IsLinkLocalUnicast() || prefix.Addr().Is4() != (network == "udp4") {
			continue
		}
		if socket, err := listenUDP(network, netip.AddrPortFrom(prefix.Addr(), port)); err == nil {
			sockets = append(sockets, socket)
		}
	}
	return sockets
}

// selfTest holds the latest result of testRelay, for the doctor; nil before there is one.
type selfTest struct {
	atomic.Pointer[httpapi.SelfTest]
}

// testRelay relays a packet over every way through the real port, keeps what came of it, and logs one line: what works,
// or why not. Outside the process it says whether the address that is announced leads back here, too.
func testRelay(ctx context.Context, relay *turnserver.Server, listening net.Addr, secure bool, tested *selfTest, log *slog.Logger) {
	if relay == nil {
		return
	}
	server := loopback(listening)
	ways := []string{"udp", "tcp"}
	if secure {
		ways = append(ways, "tls")
	}
	facts, works, result := []any{}, true, httpapi.SelfTest{At: call.At(time.Now())}
	for _, way := range ways {
		timeout, cancel := context.WithTimeout(ctx, selfTestTimeout)
		err := relay.SelfTest(timeout, func(ctx context.Context) (net.PacketConn, net.Addr, error) { return dialRelay(ctx, way, server) })
		cancel()
		if ctx.Err() != nil {
			return
		}
		verdict := "works"
		if err != nil {
			verdict, works = err.Error(), false
		}
		facts = append(facts, way, verdict)
		result.Ways = append(result.Ways, httpapi.WayTried{Way: "turn-" + way, Works: err == nil, Reason: reasonOf(err)})
	}
	verified := true
	if relay.RelaysOutside() {
		verdict := "works"
		result.Outside = &httpapi.OutsideTried{Verified: true}
		if err := testOutside(ctx, relay); err != nil {
			verdict, verified = "relaying outside not verified: "+err.Error(), false
			result.Outside = &httpapi.OutsideTried{Reason: reasonOf(err)}
		}
		if ctx.Err() != nil {
			return
		}
		facts = append(facts, "outside", verdict)
	}
	tested.Store(&result)
	switch {
	case !works:
		log.Warn("turn self-test failed", facts...)
	case !verified:
		log.Warn("turn self-test is not complete", facts...)
	default:
		log.Info("turn self-test passed", facts...)
	}
}

func testOutside(ctx context.Context, relay *turnserver.Server) error {
	timeout, cancel := context.WithTimeout(ctx, selfTestTimeout)
	defer cancel()
	return relay.TestOutside(timeout)
}

// reasonOf is an error in one word, which tells nothing of our addresses.
func reasonOf(err error) string {
	var network net.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	}
	return "failed"
}

func dialRelay(ctx context.Context, way, server string) (net.PacketConn, net.Addr, error) {
	if way == "udp" {
		to, err := net.ResolveUDPAddr("udp", server)
		if err != nil {
			return nil, nil, err
		}
		conn, err := net.ListenPacket("udp", net.JoinHostPort(to.IP.String(), "0"))
		return conn, to, err
	}
	dial := (&net.Dialer{}).DialContext
	if way == "tls" { // whether clients trust the certificate is another question
		dial = (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext
	}
	conn, err := dial(ctx, "tcp", server)
	if err != nil {
		return nil, nil, err
	}
	return turn.NewSTUNConn(conn), conn.RemoteAddr(), nil
}

// loopback is where this machine reaches what listens at addr.
func loopback(addr net.Addr) string {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil || !at.Addr().IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(at.Port())))
}
