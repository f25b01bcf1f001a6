// Package token makes and checks the signed tokens (RFC 7519, HS256) a peer carries.
//
// A peer has two: the full token speaks for it in every call, and the stream token reads its event stream and nothing
// else, since EventSource cannot set headers and URLs end up in other people's logs. They differ in their audience, so
// neither passes for the other.
package token

import (
	"errors"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DefaultLife is how long a token is good where New is not told.
const DefaultLife = 12 * time.Hour

const (
	issuer         = "yodel"
	audienceFull   = "yodel:peer"
	audienceStream = "yodel:stream"
)

var (
	// ErrMalformed says a token is not one of ours: garbage, a wrong signature or algorithm, or of the other kind.
	ErrMalformed = errors.New("token is not valid")
	// ErrExpired says a token was ours and has run out.
	ErrExpired = errors.New("token has expired")
)

// Identity is what a token says of its bearer.
type Identity struct {
	// Room and Peer are ids; neither is ever empty in a verified Identity.
	Room, Peer string
	// Name is the name the peer had when the token was issued; it may have changed since.
	Name string
	// Generation names the room record the token was issued for, so that a room made anew under the same name does not
	// honour it. Empty: an open room, which has no record.
	Generation string
	// Expires is the first moment at which the token is worthless, in whole seconds (RFC 7519 §4.1.4).
	Expires time.Time
}

// Keys issues and verifies tokens with one secret. Safe for concurrent use.
type Keys struct {
	// set once in New
	secret []byte
	life   time.Duration

	seen cache // full tokens
}

// New returns Keys that sign with secret, which should hold 32 random bytes (RFC 7518 §3.2). Tokens live for life;
// zero or less means DefaultLife.
func New(secret []byte, life time.Duration) *Keys {
	if life <= 0 {
		life = DefaultLife
	}
	return &Keys{secret: append([]byte(nil), secret...), life: life}
}

// LogValue keeps the secret out of logs.
func (k *Keys) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// String keeps the secret out of fmt.
func (k *Keys) String() string { return "[redacted]" }

// claims are the members of the signed JSON object; subject is the peer.
type claims struct {
	Room       string `json:"room"`
	Name       string `json:"name,omitempty"`
	Generation string `json:"gen,omitempty"`
	jwt.RegisteredClaims
}

// Issue signs a full and a stream token for id, both good from now until expires. id.Expires is not looked at.
func (k *Keys) Issue(id Identity, now time.Time) (token, stream string, expires time.Time, err error) {
	expires = now.Add(k.life).Truncate(time.Second).UTC()
	if token, err = k.sign(id, audienceFull, now, expires); err != nil {
		return "", "", time.Time{}, err
	}
	if stream, err = k.sign(id, audienceStream, now, expires); err != nil {
		return "", "", time.Time{}, err
	}
	return token, stream, expires, nil
}

func (k *Keys) sign(id Identity, audience string, now, expires time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Room:       id.Room,
		Name:       id.Name,
		Generation: id.Generation,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			Subject:   id.Peer,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(expires),
		},
	}).SignedString(k.secret)
}
