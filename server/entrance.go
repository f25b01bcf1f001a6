package main

import (
	"context"
	"crypto/tls"
	"log/slog"

	"yodel/server/httpapi"
	"yodel/server/listen"
	"yodel/server/turnserver"
	"yodel/store/records"
)

// entrance is the one port: who comes in by TCP and UDP, and what they are shown for it.
type entrance struct {
	certificates *certificates
	relay        *turnserver.Server // nil where it is off
	listener     *listen.Listener
}

// openEntrance has clients wait at the port. Who speaks STUN is served from here on.
func openEntrance(ctx context.Context, cfg Config, kept records.Store, log *slog.Logger) (*entrance, error) {
	certificates, err := openCertificates(cfg, log)
	if err != nil {
		return nil, usageError{err}
	}
	tcp, udp, err := openPorts(cfg.Listen, cfg.ICE.Inside)
	if err != nil {
		certificates.close()
		return nil, usageError{err}
	}
	relay, err := openRelay(cfg, kept, udp, log)
	if err != nil {
		_ = tcp.Close()
		certificates.close()
		return nil, usageError{err}
	}
	if err := certificates.begin(ctx, tcp.Addr()); err != nil { // before anybody is accepted
		_ = tcp.Close()
		closeRelay(relay)
		certificates.close()
		return nil, err
	}
	return &entrance{certificates, relay, listen.New(tcp, listenOptions(certificates.tls, relay))}, nil
}

func (d *entrance) close() {
	_ = d.listener.Close()
	closeRelay(d.relay)
	d.certificates.close()
}

func closeRelay(relay *turnserver.Server) {
	if relay != nil {
		_ = relay.Close()
	}
}

func listenOptions(certificate *tls.Config, relay *turnserver.Server) listen.Options {
	opts := listen.Options{TLS: certificate, Refusal: httpapi.Refusal}
	if relay != nil {
		opts.STUN = relay.Serve
	}
	return opts
}
