package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"yodel/pwa"
	"yodel/server/certs/trust"
	"yodel/server/httpapi"
	"yodel/server/limit"
	"yodel/server/passcode"
	"yodel/server/room"
	"yodel/server/token"
	"yodel/server/turnserver"
	"yodel/store"
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

// serve runs a server until ctx ends, and then stops it gracefully. What may be refused comes first, and of that what lies
// outside of the data directory: a start that is refused leaves nothing behind, and says why and nothing else.
func serve(ctx context.Context, cfg Config, stdout, stderr io.Writer) error {
	log := newLogger(cfg, stderr)
	certificates, err := openCertificates(cfg, log)
	if err != nil {
		return usageError{err}
	}
	defer certificates.close()
	ports, err := takePorts(cfg)
	if err != nil {
		return usageError{err}
	}
	defer ports.close()
	kept, err := openRecords(cfg, log)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	if cfg.ICE.Inside {
		cfg.ICE.Secret = relaySecret(kept)
	}
	seats := &seats{kept: kept, log: log}
	entrance, err := openEntrance(cfg, ports, certificates, seats, log)
	if err != nil {
		return err
	}
	defer entrance.close()
	events, err := openEvents(cfg, log)
	if err != nil {
		return err
	}
	defer closeEvents(events, log)
	if err := entrance.open(ctx, log); err != nil {
		return err
	}
	return serveAt(ctx, cfg, entrance, seats, events, stdout, stderr, log)
}

// serveAt runs it at an entrance that is open.
func serveAt(ctx context.Context, cfg Config, entrance *entrance, seats *seats, events store.Store, stdout, stderr io.Writer, log *slog.Logger) error {
	rooms := room.New(roomConfig(cfg, entrance.relay), events, seats.kept, passcode.New(), log)
	defer rooms.Close()
	if err := rooms.Restore(ctx); err != nil {
		if ctx.Err() != nil { // asked to stop before it had begun
			return nil
		}
		return err
	}
	seats.rooms.Store(rooms)
	var tested selfTest
	api, err := httpapi.New(apiConfig(cfg, entrance, &tested), rooms, token.New(seats.kept.Secret(), cfg.TokenLife), pwa.Dist, log)
	if err != nil {
		return err
	}
	defer api.Close()
	if err := welcome(cfg, entrance.certificates, entrance.listener.Addr(), stdout, stderr, log); err != nil {
		return err
	}
	log.Info("serving", "version", buildVersion(), "config", cfg.unusual())
	log.Debug("configuration", "config", cfg)
	var housekeeping sync.WaitGroup
	defer housekeeping.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	housekeeping.Go(func() { purgeRegularly(ctx, seats.kept, log) })
	housekeeping.Go(func() { beThrifty(ctx) })
	housekeeping.Go(func() { entrance.certificates.watch(ctx) })
	housekeeping.Go(func() {
		entrance.certificates.await(ctx)
		testRelay(ctx, entrance.relay, entrance.listener.Addr(), entrance.certificates.tls != nil, &tested, log)
	})
	return serveUntil(ctx, entrance.listener, api, log)
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

func roomConfig(cfg Config, relay *turnserver.Server) room.Config {
	made := room.Config{
		Lease: cfg.Lease, LeaseInCall: cfg.LeaseInCall, LeaseAway: leaseAway, RingTimeout: cfg.RingTimeout,
		Heartbeat: cfg.Heartbeat, EndedCalls: endedCalls, TokenLife: cfg.TokenLife, RelayLife: cfg.ICE.TTL,
		MaxPeers: cfg.Limits.Peers, MaxRooms: cfg.Limits.Rooms, Passcodes: cfg.Limits.WrongPasscodes,
		Messages: rate.Limit(cfg.Limits.MessagesPerSecond), MessagesBurst: cfg.Limits.MessagesBurst,
	}
	if relay != nil {
		made.Left = relay.End
	}
	return made
}

func apiConfig(cfg Config, entrance *entrance, tested *selfTest) httpapi.Config {
	made := httpapi.Config{
		PublicURL: cfg.PublicURL, TrustedProxies: cfg.TrustedProxies, CORSOrigins: cfg.CORSOrigins,
		RedirectTLS: cfg.TLS != tlsOff, ProxyDoesTLS: cfg.proxyDoesTLS(), MetricsToken: string(cfg.MetricsToken),
		Heartbeat: cfg.Heartbeat, StreamMaxAge: cfg.StreamMaxAge, Lease: cfg.Lease, Retention: cfg.EventRetention,
		MaxStreams: cfg.Limits.Streams, ICE: cfg.ICE, Version: buildVersion(),
		Joins:    limit.New(cfg.Limits.JoinsPerSecond, cfg.Limits.JoinsBurst, maxAddresses),
		TURNHost: cfg.TURNHost, Doctor: doctorConfig(cfg, tested), StrictNames: cfg.strictNames(),
	}
	if at, ok := entrance.listener.Addr().(*net.TCPAddr); ok {
		made.Port = at.Port
	}
	if entrance.relay != nil {
		made.Relay = entrance.relay
	}
	if authority := entrance.certificates.authority; authority != nil {
		made.Trust = trust.New(authority.Root(), entrance.certificates.covers)
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
