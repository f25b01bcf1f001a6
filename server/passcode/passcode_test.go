package passcode_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"yodel/server/passcode"
)

// cheap is enough to prove everything but the cost.
func cheap() *passcode.Hasher { return passcode.New(passcode.WithCost(64, 1)) }

func TestAPasscodeIsVerifiedByItsHash(t *testing.T) {
	h := cheap()
	for name, code := range map[string]string{
		"plain":     "open sesame",
		"empty":     "",
		"any bytes": "\x00\xff密码",
		"long":      strings.Repeat("x", 128),
	} {
		phc, err := h.Hash(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := h.Verify(t.Context(), code, phc); !ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
		if ok, err := h.Verify(t.Context(), code+" ", phc); ok || err != nil {
			t.Errorf("%s, but wrong: %v, %v", name, ok, err)
		}
		again, err := h.Hash(t.Context(), code)
		if err != nil || again == phc || (code != "" && strings.Contains(phc, code)) {
			t.Errorf("%s: no salt in %s, or not hashed", name, phc)
		}
	}
}

func TestTheDefaultCostIsWhatOWASPAsksFor(t *testing.T) {
	phc, err := passcode.New().Hash(t.Context(), "x")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s, %v", phc, err)
	}
	if ok, err := cheap().Verify(t.Context(), "x", phc); !ok || err != nil {
		t.Errorf("another Hasher does not look at the cost in the hash: %v, %v", ok, err)
	}
}

// From src/test.c of the reference implementation, P-H-C/phc-winner-argon2: passcode "password", salt "somesalt".
func TestAHashOfTheReferenceImplementation(t *testing.T) {
	const phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, err := cheap().Verify(t.Context(), "password", phc); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestAMalformedHashIsRefusedUnspent(t *testing.T) {
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", "bmwMaBPRPwQoBvWuMdbjbzQOFrQGSSPLdRWvPAdmzGs"
	for name, phc := range map[string]string{
		"empty":              "",
		"plain text":         "open sesame",
		"another function":   "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"another version":    "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key,
		"no salt":            "$argon2id$v=19$m=64,t=1,p=1$$" + key,
		"no key":             "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"a short key":        "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$AAAA",
		"padding":            "$argon2id$v=19$m=64,t=1,p=1$" + salt + "==$" + key,
		"endless memory":     "$argon2id$v=19$m=99999999,t=1,p=1$" + salt + "$" + key,
		"endless passes":     "$argon2id$v=19$m=64,t=999,p=1$" + salt + "$" + key,
		"no passes":          "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"no lanes":           "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"too little memory":  "$argon2id$v=19$m=7,t=1,p=1$" + salt + "$" + key,
		"something after it": "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key + "\n",
	} {
		if ok, err := cheap().Verify(t.Context(), "x", phc); ok || !errors.Is(err, passcode.ErrMalformed) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

func TestWhoGivesUpWaitingDoesNotHash(t *testing.T) {
	h := cheap()
	phc, err := h.Hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := h.Verify(ctx, "x", phc); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("verify: %v, %v", ok, err)
	}
	if phc, err := h.Hash(ctx, "x"); phc != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("hash: %q, %v", phc, err)
	}
}

func TestACrowdIsServedInTurn(t *testing.T) {
	h := passcode.New(passcode.WithCost(1024, 1))
	phc, err := h.Hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if ok, err := h.Verify(ctx, "x", phc); !ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
	all.Wait()
}

func BenchmarkVerify(b *testing.B) {
	h := passcode.New()
	phc, _ := h.Hash(b.Context(), "x")
	for b.Loop() {
		_, _ = h.Verify(b.Context(), "x", phc)
	}
}
