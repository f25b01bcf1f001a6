package main

import (
	"log/slog"
	"sync/atomic"

	"yodel/server/room"
	"yodel/store/records"
)

// seats tells the relay who is in a room. The port is open before the rooms are.
type seats struct {
	kept  records.Store
	log   *slog.Logger
	rooms atomic.Pointer[room.Service] // nil until they are restored
}

// mayRelay keeps out only who left, until it is known who else is not in: a peer may come before its seat is restored.
func (s *seats) mayRelay(room, peer string) bool {
	if rooms := s.rooms.Load(); rooms != nil {
		return rooms.MayRelay(room, peer)
	}
	left, err := s.kept.Revoked(peer)
	if err != nil {
		s.log.Error("look-up of a revocation failed", "peer", peer, "error", err)
	}
	return !left
}
