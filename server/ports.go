package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// portWait is how long a port may still be taken: by a predecessor that is just stopping, but not so long that a person
// wonders.
const portWait = 500 * time.Millisecond

// ports are where clients wait until somebody serves them: TCP, and UDP of the same number for STUN and TURN.
type ports struct {
	tcp *net.TCPListener
	udp []net.PacketConn // nil where the TURN server inside is off
}

// takePorts takes them, and nothing else yet.
func takePorts(cfg Config) (*ports, error) {
	for deadline := time.Now().Add(portWait); ; time.Sleep(portWait / 20) {
		tcp, udp, err := openPorts(cfg.Listen, cfg.ICE.Inside)
		switch {
		case err == nil:
			return &ports{tcp, udp}, nil
		case errors.Is(err, syscall.EADDRINUSE) && time.Now().Before(deadline):
			continue
		case errors.Is(err, syscall.EADDRINUSE):
			return nil, fmt.Errorf("--listen: %s is taken, perhaps by another yodel: stop that, or name another port, as by YODEL_LISTEN=:8444 (%w)", cfg.Listen, err)
		case errors.Is(err, syscall.EACCES):
			return nil, fmt.Errorf("--listen: %s is not for everybody: see setcap cap_net_bind_service, or name a port above 1023 (%w)", cfg.Listen, err)
		}
		return nil, fmt.Errorf("--listen: %w", err)
	}
}

// close closes what nobody took over; what is closed already stays so.
func (p *ports) close() {
	_ = p.tcp.Close()
	for _, socket := range p.udp {
		_ = socket.Close()
	}
}
