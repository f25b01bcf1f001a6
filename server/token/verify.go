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
	return k.verify(&k.full, audienceFull, raw, now)
}

// Stream verifies a stream token, with the same errors as Full.
func (k *Keys) Stream(raw string, now time.Time) (Identity, error) {
	return k.verify(&k.stream, audienceStream, raw, now)
}

func (k *Keys) verify(seen *cache, audience, raw string, now time.Time) (Identity, error) {
	if len(raw) > maxLength {
		return Identity{}, ErrMalformed
	}
	id, ok := seen.get(raw)
	if !ok {
		var err error
		if id, err = k.parse(audience, raw); err != nil {
			return Identity{}, err
		}
		if now.Before(id.Expires) {
			seen.put(raw, id)
		}
	}
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
