package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"

	"yodel/server/httpapi"
	"yodel/server/listen"
	"yodel/server/turnserver"
)

// entrance is the one port: who comes in by TCP and UDP, and what they are shown for it.
type entrance struct {
	certificates *certificates
	relay        *turnserver.Server // nil where it is off
	tcp          *net.TCPListener
	listener     *listen.Listener // nil before open
}

// openEntrance goes by what is kept. Who speaks STUN over UDP is served from here on; everybody else still waits.
func openEntrance(cfg Config, ports *ports, certificates *certificates, seats *seats, log *slog.Logger) (*entrance, error) {
	if err := certificates.openAuthority(cfg); err != nil {
		return nil, usageError{err}
	}
	relay, err := openRelay(cfg, seats, ports.udp, log)
	if err != nil {
		return nil, usageError{err}
	}
	return &entrance{certificates: certificates, relay: relay, tcp: ports.tcp}, nil
}

// open lets everybody in, as far as to be sorted.
func (e *entrance) open(ctx context.Context, log *slog.Logger) error {
	if err := e.certificates.begin(ctx, e.tcp.Addr(), log); err != nil { // before anybody is accepted
		return err
	}
	e.listener = listen.New(e.tcp, listenOptions(e.certificates.tls, e.relay))
	return nil
}

func (e *entrance) close() {
	if e.listener != nil {
		_ = e.listener.Close()
	}
	if e.relay != nil {
		_ = e.relay.Close()
	}
}

func listenOptions(certificate *tls.Config, relay *turnserver.Server) listen.Options {
	opts := listen.Options{TLS: certificate, Refusal: httpapi.Refusal}
	if relay != nil {
		opts.STUN = relay.Serve
	}
	return opts
}
