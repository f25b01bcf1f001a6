// Package turnserver is STUN and TURN inside the server (RFC 8489, RFC 8656): who may allocate, how much, and where
// relayed packets may go, which is to relayed addresses of the same room and nowhere else. The protocol is pion's.
package turnserver

import (
	"errors"
	"log/slog"
	"net"

	"github.com/pion/turn/v5"

	"yodel/server/ice"
)

// Realm is the STUN realm; it appears in every signature.
const Realm = "yodel"

// Config is what a Server goes by. A limit of zero does not exist.
type Config struct {
	Secret string // that credentials are made with, see ice.Config
	// MayRelay tells whether a peer is in the room; without that its credentials are worth nothing. It is asked with each
	// request that is signed. End is to be called where the answer becomes no. Nil: everybody is.
	MayRelay func(room, peer string) bool

	MaxAllocations        int // on the whole server
	MaxAllocationsPerPeer int
	BytesPerSecond        int // that a peer may have relayed, and as many that may come to it from outside; each packet with overhead

	Outside *Outside // nil: relayed addresses live inside the process
}

// Server relays. Its methods are safe for concurrent use.
type Server struct {
	cfg     Config
	log     *slog.Logger
	counts  counts
	fabric  *fabric
	users   *users
	holders holders
	intake  *intake
	turn    *turn.Server
}

// New serves STUN and TURN on the given UDP sockets, and on what is handed to Serve. Close closes the sockets, and so does New
// where it fails.
func New(cfg Config, sockets []net.PacketConn, log *slog.Logger) (*Server, error) {
	s, err := begin(cfg, sockets, log)
	if err != nil {
		for _, socket := range sockets {
			_ = socket.Close()
		}
		return nil, err
	}
	return s, nil
}

func begin(cfg Config, sockets []net.PacketConn, log *slog.Logger) (*Server, error) {
	if cfg.Secret == "" {
		return nil, errors.New("TURN needs a secret")
	}
	s := &Server{cfg: cfg, log: log, holders: holders{all: map[holder]held{}}}
	s.users, s.intake = newUsers(cfg, &s.counts), newIntake(s)
	var err error
	if s.fabric, err = newFabric(&s.counts, cfg.Outside); err != nil {
		return nil, err
	}
	config := turn.ServerConfig{
		Realm: Realm, AuthHandler: s.authenticate, QuotaHandler: s.mayAllocate, LoggerFactory: loggers{log},
		StrictAddressFamily: true, // whichever way peers reach us, they can reach each other
		EventHandler: turn.EventHandler{
			OnAllocationCreated: s.allocated, OnAllocationDeleted: s.deleted, OnPermissionCreated: s.granted, OnPermissionDeleted: s.withdrawn,
			OnChannelCreated: s.bound, OnChannelDeleted: s.unbound, OnAuth: s.authenticated,
		},
		ListenerConfigs: []turn.ListenerConfig{{Listener: s.intake, RelayAddressGenerator: s, PermissionHandler: s.intake.permit}},
	}
	for _, socket := range sockets {
		guarded := s.guard(socket)
		config.PacketConnConfigs = append(config.PacketConnConfigs, turn.PacketConnConfig{PacketConn: guarded, RelayAddressGenerator: s, PermissionHandler: guarded.permit})
	}
	s.turn, err = turn.NewServer(config)
	return s, err
}

// Serve takes over a connection that began with a STUN message. It does not block.
func (s *Server) Serve(conn net.Conn) { s.intake.put(conn) }

// End closes all allocations of a peer that is no longer in its room.
func (s *Server) End(room, peer string) {
	if !s.users.holds(ice.UserName(room, peer)) { // as most do not
		return
	}
	for _, e := range s.fabric.endsOf(ice.UserName(room, peer)) {
		e.cut()
	}
}

// Close ends all allocations and closes all sockets and connections.
func (s *Server) Close() error {
	err := s.turn.Close()
	s.intake.closeAll()
	s.fabric.reading.Wait()
	return err
}

// Stats are for metrics: allocations at the moment, bytes relayed since the start, and what was refused by reason.
func (s *Server) Stats() (allocations, bytes int64, refused map[string]int64) {
	refused = make(map[string]int64, len(reasons))
	for why, name := range reasons {
		refused[name] = s.counts.refused[why].Load()
	}
	return s.counts.allocations.Load(), s.counts.bytes.Load(), refused
}

// Connections are for metrics: those over TCP and TLS at the moment, and how many of them have no allocation.
func (s *Server) Connections() (open, strangers int64) { return s.intake.count() }

func (s *Server) mayAllocate(name, _ string, _ net.Addr) bool {
	if s.users.mayAllocate(name) {
		return true
	}
	s.counts.refuse(quotaReached)
	return false
}

// allocated and deleted are told by pion of each allocation.
func (s *Server) allocated(client, server net.Addr, _, _, _ string, relayed net.Addr, _ int) {
	s.holders.add(client, server, s.fabric.at(relayed))
	s.intake.allocated(client)
}

func (s *Server) deleted(client, server net.Addr, _, _, _ string) {
	s.holders.remove(client, server)
	s.intake.deleted(client)
}

// Validate implements turn.RelayAddressGenerator.
func (s *Server) Validate() error { return nil }

// AllocatePacketConn implements turn.RelayAddressGenerator.
func (s *Server) AllocatePacketConn(asked turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	u := nobody // for EVEN-PORT, pion opens and closes sockets in nobody's name until one has an even port
	if asked.UserID != "" {
		u = s.users.acquire(asked.UserID)
	}
	if u == nil {
		s.counts.refuse(quotaReached)
		return nil, nil, errFull
	}
	e, err := s.fabric.open(u, asked.Network == "udp6", asked.RequestedPort)
	if err != nil {
		u.release()
		if errors.Is(err, errFull) && asked.RequestedPort == 0 {
			s.counts.refuse(noPort)
		}
		return nil, nil, err
	}
	if u != nobody && !s.mayRelay(u.name) { // it left meanwhile, and End may have come too early
		e.cut()
		return nil, nil, errLeft
	}
	return e, e.addr, nil
}

var errLeft = errors.New("the peer has left")

var errNoTCP = errors.New("relaying TCP (RFC 6062) is not offered")

// AllocateListener implements turn.RelayAddressGenerator.
func (s *Server) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errNoTCP
}

// AllocateConn implements turn.RelayAddressGenerator.
func (s *Server) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errNoTCP }
