package room

import (
	"context"
	"time"

	"yodel/store/records"
)

// setClosing arms the end of a room whose record expires: then everybody in it has to leave.
func (h *hub) setClosing(record records.Room) {
	if record.ExpiresAt.IsZero() {
		return
	}
	h.setTimer(&h.closing, time.Until(record.ExpiresAt), func() { h.service.closeRoom(record) })
}

func (s *Service) closeRoom(record records.Room) {
	room := record.ID
	ctx, cancel := detached(context.Background())
	defer cancel()
	h, err := s.acquire(ctx, room)
	if err != nil { // then there was no hub, so nobody of that room is here
		s.log.Error("closing an expired room failed", "room", room, "error", err)
		return
	}
	defer h.release()
	h.seating.Lock()
	defer h.seating.Unlock()
	h.mu.Lock()
	leaving := make([]*presence, 0, len(h.present))
	for _, p := range h.present {
		if p.generation == record.Generation { // and not in an open room that somebody began under the same name
			leaving = append(leaving, p)
		}
	}
	h.mu.Unlock()
	if err := s.unseat(ctx, h, leaving); err != nil {
		s.log.Error("closing an expired room failed", "room", room, "error", err)
	}
	s.log.Info("room expired", "room", room, "peers", len(leaving))
}
