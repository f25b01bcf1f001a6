package turnserver

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yodel/server/ice"
)

// selfTestRoom is a room that nobody can be in.
const selfTestRoom = ""

// SelfTest relays a packet there and back over two connections that dial makes to the real port, and tells why that
// does not work.
func (s *Server) SelfTest(ctx context.Context, dial Dial) error {
	peer, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make user: %w", err)
	}
	name := fmt.Sprintf("%d:%s", time.Now().Add(time.Minute).Unix(), ice.UserName(selfTestRoom, peer.String()))
	_, err = Relay(ctx, dial, name, ice.Password(s.cfg.Secret, name), s.log)
	return err
}
