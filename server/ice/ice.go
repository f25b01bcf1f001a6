// Package ice tells peers which STUN and TURN servers to use, with credentials that last for hours and not for ever.
package ice

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Config names the ICE servers. The zero value has none: peers find each other on their own addresses alone.
type Config struct {
	// STUN are stun: or stuns: URLs (RFC 7064), TURN are turn: or turns: URLs (RFC 7065).
	STUN, TURN []string
	// Inside says that this process is a STUN and TURN server itself: where no others are named, clients are given that,
	// by the way they came.
	Inside bool
	// Secret is shared with the TURN server (coturn: use-auth-secret, static-auth-secret).
	Secret string
	// TTL is how long a TURN credential may open allocations.
	TTL time.Duration
}

// Server is one RTCIceServer, in the words of the WebRTC dictionary. Log a Server or its fields, never a list of them:
// slog asks only the value it is given how it wants to be shown.
type Server struct {
	URLs       []string   `json:"urls"`
	Username   string     `json:"username,omitempty"`
	Credential Credential `json:"credential,omitempty"`
}

// Credential is a TURN password. It shows itself only as JSON.
type Credential string

// LogValue keeps the credential out of logs.
func (Credential) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// String keeps the credential out of fmt.
func (Credential) String() string { return "[redacted]" }

// GoString keeps the credential out of %#v.
func (Credential) GoString() string { return `"[redacted]"` }

// LogValue keeps the credential out of logs.
func (s Server) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("urls", s.URLs), slog.String("username", s.Username))
}

// LogValue keeps the secret out of logs.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("stun", c.STUN), slog.Any("turn", c.TURN), slog.Bool("inside", c.Inside), slog.Duration("ttl", c.TTL))
}

// String keeps the secret out of fmt.
func (c Config) String() string { return c.LogValue().String() }

// GoString keeps the secret out of %#v.
func (c Config) GoString() string { return c.String() }

// Validate refuses URLs that are none, TURN without a secret or a lifetime, and a secret without TURN.
func (c Config) Validate() error {
	for _, raw := range c.STUN {
		if err := CheckSTUN(raw); err != nil {
			return err
		}
	}
	for _, raw := range c.TURN {
		if err := CheckTURN(raw); err != nil {
			return err
		}
	}
	switch {
	case len(c.TURN) > 0 && c.Secret == "":
		return errors.New("TURN URLs need the secret shared with the TURN server")
	case c.Inside:
	case len(c.TURN) == 0 && c.Secret != "":
		return errors.New("a TURN secret needs at least one TURN URL")
	case len(c.TURN) > 0 && c.TTL < time.Second:
		return fmt.Errorf("a TURN credential must live for a second at least, not %v", c.TTL)
	}
	return nil
}

// Servers returns what to hand out at now to a client that came by way, never nil. With user (room and peer, so that the
// TURN server's log and quota can tell them apart) TURN comes with a credential good for TTL; with "" there is STUN alone.
func (c Config) Servers(user string, way Way, now time.Time) []Server {
	stun, turn := c.STUN, c.TURN
	if c.Inside {
		ownSTUN, ownTURN := way.urls()
		if len(stun) == 0 {
			stun = ownSTUN
		}
		turn = ownTURN
	}
	servers := make([]Server, 0, 2)
	if len(stun) > 0 {
		servers = append(servers, Server{URLs: stun})
	}
	if len(turn) > 0 && user != "" {
		username := strconv.FormatInt(now.Add(c.TTL).Unix(), 10) + ":" + user
		servers = append(servers, Server{URLs: turn, Username: username, Credential: Credential(Password(c.Secret, username))})
	}
	return servers
}

// UserName is what a peer's TURN credential is bound to; the room keeps those of two rooms apart.
func UserName(room, peer string) string { return room + "-" + peer }

// Password is base64(HMAC-SHA1(secret, username)), draft-uberti-behave-turn-rest-00 §2.2. SHA-1 is what the TURN
// servers out there compute; as an HMAC it is still sound.
func Password(secret, username string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
