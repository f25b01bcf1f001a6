package token_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"yodel/server/token"
)

var (
	secret = bytes.Repeat([]byte("s"), 32)
	now    = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	ann    = token.Identity{Room: "kitchen", Peer: "0192-ann", Name: "安 <Ann>", Generation: "g1"}
)

func issue(t testing.TB, k *token.Keys, id token.Identity) (full, stream string) {
	t.Helper()
	full, stream, _, err := k.Issue(id, now)
	if err != nil {
		t.Fatal(err)
	}
	return full, stream
}

func TestAnIssuedTokenNamesItsBearerUntilItExpires(t *testing.T) {
	k := token.New(secret, time.Hour)
	full, stream, expires, err := k.Issue(ann, now)
	if err != nil {
		t.Fatal(err)
	}
	if want := now.Add(time.Hour).Truncate(time.Second); !expires.Equal(want) {
		t.Errorf("expires %v, want %v", expires, want)
	}
	want := ann
	want.Expires = expires
	verify := map[string]func(time.Time) (token.Identity, error){
		"full":   func(at time.Time) (token.Identity, error) { return k.Full(full, at) },
		"stream": func(at time.Time) (token.Identity, error) { return k.Stream(stream, at) },
	}
	for kind, ask := range verify {
		for _, at := range []time.Time{now, now, expires.Add(-time.Nanosecond)} {
			if got, err := ask(at); err != nil || got != want {
				t.Errorf("%s at %v: %+v, %v", kind, at, got, err)
			}
		}
		if _, err := ask(expires); !errors.Is(err, token.ErrExpired) {
			t.Errorf("%s once verified, at its end: %v", kind, err)
		}
	}
	if _, err := token.New(secret, 0).Full(full, expires); !errors.Is(err, token.ErrExpired) {
		t.Errorf("never seen before, at its end: %v", err)
	}
}

func TestWhatIsNotOursIsRefused(t *testing.T) {
	k := token.New(secret, time.Hour)
	full, stream := issue(t, k, ann)
	parts := strings.Split(full, ".")
	other, _ := issue(t, token.New(bytes.Repeat([]byte("x"), 32), time.Hour), ann)
	nobody, _ := issue(t, k, token.Identity{Room: "kitchen"})
	nowhere, _ := issue(t, k, token.Identity{Peer: "ann"})
	sign := func(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
		raw, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	base := func(change jwt.MapClaims) jwt.MapClaims {
		c := jwt.MapClaims{"iss": "yodel", "aud": "yodel:peer", "sub": "p", "room": "r", "exp": now.Add(time.Hour).Unix()}
		for name, value := range change {
			c[name] = value
		}
		return c
	}
	if _, err := k.Full(sign(jwt.SigningMethodHS256, secret, base(nil)), now); err != nil {
		t.Fatalf("the untouched claims: %v", err)
	}
	for name, raw := range map[string]string{
		"empty":                         "",
		"garbage":                       "garbage",
		"two dots":                      "..",
		"a stream token":                stream,
		"another secret":                other,
		"no peer":                       nobody,
		"no room":                       nowhere,
		"a changed payload":             parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"room":"cellar"}`)) + "." + parts[2],
		"no signature":                  parts[0] + "." + parts[1] + ".",
		"algorithm none":                sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, base(nil)),
		"algorithm HS512":               sign(jwt.SigningMethodHS512, secret, base(nil)),
		"another issuer":                sign(jwt.SigningMethodHS256, secret, base(jwt.MapClaims{"iss": "else"})),
		"both audiences":                sign(jwt.SigningMethodHS256, secret, base(jwt.MapClaims{"aud": []string{"yodel:peer", "yodel:stream"}})),
		"no expiry":                     sign(jwt.SigningMethodHS256, secret, base(jwt.MapClaims{"exp": nil})),
		"of the other kind and expired": sign(jwt.SigningMethodHS256, secret, base(jwt.MapClaims{"aud": "yodel:stream", "exp": 1})),
		"longer than any":               strings.Repeat("a", 1<<20),
	} {
		if got, err := k.Full(raw, now); !errors.Is(err, token.ErrMalformed) || got != (token.Identity{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := k.Stream(full, now); !errors.Is(err, token.ErrMalformed) {
		t.Errorf("a full token in place of a stream token: %v", err)
	}
}

func TestKeysAreRedacted(t *testing.T) {
	var log bytes.Buffer
	k := token.New(secret, time.Hour)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", k)
	_, _ = fmt.Fprintf(&log, "%v %+v %s", k, k, k)
	if strings.Contains(log.String(), "sss") || !strings.Contains(log.String(), "[redacted]") {
		t.Error(log.String())
	}
}

func TestAVerifiedTokenIsLookedUpWithoutAllocation(t *testing.T) {
	k := token.New(secret, time.Hour)
	full, _ := issue(t, k, ann)
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := k.Full(full, now); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestConcurrentUse(t *testing.T) {
	k := token.New(secret, time.Hour)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			id := ann
			for j := range 50 {
				id.Peer = fmt.Sprint(i, "-", j%10)
				full, stream := issue(t, k, id)
				got, err := k.Full(full, now)
				if err != nil || got.Peer != id.Peer {
					t.Error(got, err)
				}
				if _, err := k.Stream(stream, now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func FuzzVerify(f *testing.F) {
	k := token.New(secret, time.Hour)
	full, stream := issue(f, k, ann)
	for _, seed := range []string{full, stream, "", "a.b.c", full + ".", "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := k.Full(raw, now); (err == nil) != (raw == full) {
			t.Errorf("full %q: %v", raw, err)
		}
		if _, err := k.Stream(raw, now); (err == nil) != (raw == stream) {
			t.Errorf("stream %q: %v", raw, err)
		}
	})
}

func BenchmarkFullSeenBefore(b *testing.B) {
	k := token.New(secret, time.Hour)
	full, _ := issue(b, k, ann)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = k.Full(full, now)
	}
}
