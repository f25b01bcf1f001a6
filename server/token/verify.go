package token

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxLength is more than the longest token we issue (a room of 64, a name of 64 four-byte characters); what is longer
// is refused unread.
const maxLength = 2048

// parser pins the algorithm (RFC 8725 §3.1). The claims are checked below, so that a token that is both expired and of
// the other kind is malformed, not expired.
var parser = jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())

// Full verifies a full token. ErrMalformed, or ErrExpired at and after its last moment. A token verified before is
// looked up, not verified again.
func (k *Keys) Full(raw string, now time.Time) (Identity, error) {
	if id, seen := k.seen.get(raw); seen {
		return current(id, now)
	}
	id, err := k.verify(audienceFull, raw, now)
	if err == nil {
		k.seen.put(raw, id)
	}
	return id, err
}

// FullOnce is Full for a token that is not expected again soon, so that it is not remembered for this.
func (k *Keys) FullOnce(raw string, now time.Time) (Identity, error) {
	if id, seen := k.seen.get(raw); seen {
		return current(id, now)
	}
	return k.verify(audienceFull, raw, now)
}

// Stream verifies a stream token, with the same errors as Full. One is used once per stream, so none is remembered: that
// would be a third of what an idle stream costs.
func (k *Keys) Stream(raw string, now time.Time) (Identity, error) {
	return k.verify(audienceStream, raw, now)
}

func (k *Keys) verify(audience, raw string, now time.Time) (Identity, error) {
	if len(raw) > maxLength {
		return Identity{}, ErrMalformed
	}
	id, err := k.parse(audience, raw)
	if err != nil {
		return Identity{}, err
	}
	return current(id, now)
}

func current(id Identity, now time.Time) (Identity, error) {
	if !now.Before(id.Expires) {
		return Identity{}, ErrExpired
	}
	return id, nil
}

// parse checks everything but the time.
func (k *Keys) parse(audience, raw string) (Identity, error) {
	var c claims
	if _, err := parser.ParseWithClaims(raw, &c, func(*jwt.Token) (any, error) { return k.secret, nil }); err != nil {
		// The library's words stay out: they would tell a forger which part failed.
		return Identity{}, ErrMalformed
	}
	if c.Issuer != issuer || len(c.Audience) != 1 || c.Audience[0] != audience {
		return Identity{}, fmt.Errorf("%w: not for this use", ErrMalformed)
	}
	if c.Room == "" || c.Subject == "" || c.ExpiresAt == nil {
		return Identity{}, fmt.Errorf("%w: incomplete", ErrMalformed)
	}
	return Identity{Room: c.Room, Peer: c.Subject, Name: c.Name, Generation: c.Generation, Expires: c.ExpiresAt.UTC()}, nil
}
