// Package passcode keeps passcodes as argon2id hashes (RFC 9106), and keeps the hashing from taking the machine over.
package passcode

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// atOnce is how many hashes may be computed at a time. Each takes 19 MiB and some 20 ms of a core; without a bound a
// burst of joins would be a burst of memory, and calls in progress would stutter.
const atOnce = 2

const (
	saltLength = 16 // bytes, RFC 9106 §3.1
	keyLength  = 32 // bytes
)

// Hasher hashes and verifies passcodes. Safe for concurrent use.
type Hasher struct {
	// set once in New
	cost  cost
	slots chan struct{} // one place per hash under way
}

// cost is what argon2id is asked to spend.
type cost struct {
	memoryKiB, passes uint32
	lanes             uint8
}

// Option changes what New returns.
type Option func(*Hasher)

// WithCost replaces the memory, in KiB, and the number of passes. For tests: less is weaker.
func WithCost(memoryKiB, passes uint32) Option {
	return func(h *Hasher) { h.cost.memoryKiB, h.cost.passes = memoryKiB, passes }
}

// New returns a Hasher with the cost OWASP's password storage cheat sheet asks for: 19 MiB, 2 passes, 1 lane.
func New(options ...Option) *Hasher {
	h := &Hasher{cost: cost{memoryKiB: 19 * 1024, passes: 2, lanes: 1}, slots: make(chan struct{}, atOnce)}
	for _, option := range options {
		option(h)
	}
	return h
}

// Hash returns the PHC string of passcode with a fresh salt. It waits its turn; its only error is ctx's.
func (h *Hasher) Hash(ctx context.Context, passcode string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails: crypto/rand
	key, err := h.derive(ctx, passcode, hash{cost: h.cost, salt: salt, key: make([]byte, keyLength)})
	if err != nil {
		return "", err
	}
	return hash{cost: h.cost, salt: salt, key: key}.String(), nil
}

// Verify says whether passcode is the one phc was made from, at the cost written in phc. It waits its turn. Errors are
// ctx's, or ErrMalformed where phc is not a hash of ours. The comparison takes equally long for any wrong passcode.
func (h *Hasher) Verify(ctx context.Context, passcode, phc string) (bool, error) {
	known, err := parse(phc)
	if err != nil {
		return false, err
	}
	key, err := h.derive(ctx, passcode, known)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, known.key) == 1, nil
}

// derive computes the key of passcode with the cost, salt and key length of like.
func (h *Hasher) derive(ctx context.Context, passcode string, like hash) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("hash passcode: %w", err)
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash passcode: %w", ctx.Err())
	}
	c := like.cost
	return argon2.IDKey([]byte(passcode), like.salt, c.passes, c.memoryKiB, c.lanes, uint32(len(like.key))), nil
}
