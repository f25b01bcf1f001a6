package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"yodel/pwa"
	"yodel/server/certs/trust"
	"yodel/server/httpapi"
	"yodel/server/limit"
	"yodel/server/listen"
	"yodel/server/passcode"
	"yodel/server/room"
	"yodel/server/token"
	"yodel/server/turnserver"
	"yodel/store/memory"
	"yodel/store/records"
)

const (
	readTimeout  = 20 * time.Second // for a request to arrive whole; long-polls lift it, streams are taken over
	stopTimeout  = 5 * time.Second  // for requests under way, of the 10 s that a stop may take
	purgeEvery   = 10 * time.Minute // forgetting of expired rooms and revocations
	endedCalls   = 120 * time.Second
	leaseAway    = 10 * time.Second
	maxAddresses = 1 << 16 // client addresses whose joins are counted
)

// serve runs a server until ctx ends, and then stops it gracefully.
func serve(ctx context.Context, cfg Config, stdout, stderr io.Writer) error {
	log := newLogger(cfg, stderr)
	kept, err := openRecords(cfg, log)
	if err != nil {
		return usageError{err}
	}
	defer func() { _ = kept.Close() }()
	events, err := openEvents(cfg, log) // after the records, whose lock keeps a second process away
	if errors.Is(err, syscall.ENOSPC) {
		return err
	} else if err != nil {
		return usageError{err}
	}
	defer closeEvents(events, log)
	if cfg.ICE.Inside {
		cfg.ICE.Secret = relaySecret(kept)
	}
	certificates, err := openCertificates(cfg, log)
	if err != nil {
		return usageError{err}
	}
	defer certificates.close()
	tcp, udp, err := openPorts(cfg.Listen, cfg.ICE.Inside)
	if err != nil {
		return usageError{err}
	}
	relay, err := openRelay(cfg, kept, udp, log)
	if err != nil {
		_ = tcp.Close()
		return usageError{err}
	}
	if relay != nil {
		defer func() { _ = relay.Close() }()
	}
	if err := certificates.begin(ctx, tcp.Addr()); err != nil { // before anybody is accepted
		_ = tcp.Close()
		return err
	}
	listener := listen.New(tcp, listenOptions(certificates.tls, relay))
	defer func() { _ = listener.Close() }()
	rooms := room.New(roomConfig(cfg, relay), events, kept, passcode.New(), log)
	defer rooms.Close()
	if err := rooms.Restore(ctx); err != nil {
		if ctx.Err() != nil { // asked to stop before it had begun
			return nil
		}
		return err
	}
	var tested selfTest
	api, err := httpapi.New(apiConfig(cfg, certificates, listener.Addr(), relay, &tested), rooms, token.New(kept.Secret(), cfg.TokenLife), pwa.Dist, log)
	if err != nil {
		return err
	}
	defer api.Close()
	if err := welcome(cfg, certificates, listener.Addr(), stdout, stderr, log); err != nil {
		return err
	}
	log.Info("serving", "config", cfg, "version", buildVersion())
	var housekeeping sync.WaitGroup
	defer housekeeping.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	housekeeping.Go(func() { purgeRegularly(ctx, kept, log) })
	housekeeping.Go(func() { beThrifty(ctx) })
	housekeeping.Go(func() { certificates.watch(ctx) })
	housekeeping.Go(func() {
		certificates.await(ctx)
		testRelay(ctx, relay, listener.Addr(), certificates.tls != nil, &tested, log)
	})
	return serveUntil(ctx, listener, api, log)
}

// serveUntil serves HTTP until ctx ends; then streams are told to come back later, requests under way are finished, and
// connections closed.
func serveUntil(ctx context.Context, listener net.Listener, api *httpapi.API, log *slog.Logger) error {
	server := &http.Server{
		Handler: api.Handler(), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		// What net/http logs is news of clients that broke off or spoke no TLS.
		ReadTimeout: readTimeout, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, DisableGeneralOptionsHandler: true,
	}
	unused := trackUnused(server)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	api.Drain()
	unused.close()
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(timeout); err != nil {
		log.Warn("requests were cut off", "error", err)
		_ = server.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	log.Info("stopped")
	return nil
}

func openRecords(cfg Config, log *slog.Logger) (records.Store, error) {
	if cfg.DataDir != noDataDir {
		return records.Open(cfg.DataDir)
	}
	secret, err := runtimeSecret()
	if err != nil {
		log.Warn("tokens will not outlive a restart", "error", err)
		return records.InMemory(), nil
	}
	return records.InMemoryWith(secret), nil
}

func openEvents(cfg Config, log *slog.Logger) (*memory.Store, error) {
	opts := memory.Options{Retention: cfg.EventRetention, MaxLogBytes: int(cfg.Limits.LogBytes), Log: log}
	if cfg.DataDir == noDataDir {
		return memory.New(opts), nil
	}
	opts.Dir = filepath.Join(cfg.DataDir, "journal")
	return memory.Open(opts)
}

func closeEvents(events *memory.Store, log *slog.Logger) {
	if err := events.Close(); err != nil {
		log.Error("what was said last may not outlive a loss of power", "error", err)
	}
}

func listenOptions(certificate *tls.Config, relay *turnserver.Server) listen.Options {
	opts := listen.Options{TLS: certificate, Refusal: httpapi.Refusal}
	if relay != nil {
		opts.STUN = relay.Serve
	}
	return opts
}

func roomConfig(cfg Config, relay *turnserver.Server) room.Config {
	made := room.Config{
		Lease: cfg.Lease, LeaseInCall: cfg.LeaseInCall, LeaseAway: leaseAway, RingTimeout: cfg.RingTimeout,
		Heartbeat: cfg.Heartbeat, EndedCalls: endedCalls, TokenLife: cfg.TokenLife,
		MaxPeers: cfg.Limits.Peers, MaxRooms: cfg.Limits.Rooms, Passcodes: cfg.Limits.WrongPasscodes,
		Messages: rate.Limit(cfg.Limits.MessagesPerSecond), MessagesBurst: cfg.Limits.MessagesBurst,
	}
	if relay != nil {
		made.Left = relay.End
	}
	return made
}

func apiConfig(cfg Config, certificates *certificates, listening net.Addr, relay *turnserver.Server, tested *selfTest) httpapi.Config {
	made := httpapi.Config{
		PublicURL: cfg.PublicURL, TrustedProxies: cfg.TrustedProxies, CORSOrigins: cfg.CORSOrigins,
		RedirectTLS: cfg.TLS != tlsOff, MetricsToken: string(cfg.MetricsToken),
		Heartbeat: cfg.Heartbeat, StreamMaxAge: cfg.StreamMaxAge, Lease: cfg.Lease, Retention: cfg.EventRetention,
		MaxStreams: cfg.Limits.Streams, ICE: cfg.ICE, Version: buildVersion(),
		Joins:    limit.New(cfg.Limits.JoinsPerSecond, cfg.Limits.JoinsBurst, maxAddresses),
		TURNHost: cfg.TURNHost, Doctor: doctorConfig(cfg, tested),
	}
	if at, ok := listening.(*net.TCPAddr); ok {
		made.Port = at.Port
	}
	if relay != nil {
		made.Relay = relay
	}
	if certificates.authority != nil {
		made.Trust = trust.New(certificates.authority.Root(), certificates.covers)
	}
	return made
}

func doctorConfig(cfg Config, tested *selfTest) httpapi.Doctor {
	return httpapi.Doctor{
		TLSMode: cfg.TLS, SelfTest: tested.Load, Probes: limit.New(cfg.Limits.ProbesPerSecond, cfg.Limits.ProbesBurst, maxAddresses),
		Limits: httpapi.DoctorLimits{
			MessagesPerSecond: cfg.Limits.MessagesPerSecond, PeersPerRoom: cfg.Limits.Peers,
			AllocationsPerPeer: cfg.Limits.AllocationsPerPeer, RelayBytesPerSecond: cfg.Limits.RelayBytes,
		},
	}
}

// purgeRegularly forgets what has expired, until ctx ends.
func purgeRegularly(ctx context.Context, kept records.Store, log *slog.Logger) {
	ticker := time.NewTicker(purgeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if err := kept.Purge(now); err != nil {
				log.Error("purge failed", "error", err)
			}
		}
	}
}
