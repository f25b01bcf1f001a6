// Package limit says how much of something a token or an address may do: token buckets by key, and wrong attempts by
// key. Both are bounded: keys that are idle are forgotten, and no stream of new keys makes them grow without end.
package limit

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Keyed is one token bucket per key. Safe for concurrent use.
type Keyed struct {
	// set once in New
	perSecond float64
	burst     int

	mu      sync.Mutex
	buckets generations[*rate.Limiter] // guarded by mu
}

// New returns buckets that hold burst and refill by perSecond. At most maxKeys are remembered (a bucket takes about 200
// bytes); where more than that are busy at once, those least recently met start again with a full bucket, since the
// other choice would lock out newcomers. A perSecond or burst of zero or less lifts the limit: everything is allowed.
func New(perSecond float64, burst, maxKeys int) *Keyed {
	k := &Keyed{perSecond: perSecond, burst: burst}
	if k.unlimited() {
		return k
	}
	// A bucket left alone for as long as it takes to fill is as good as a new one, and may be forgotten.
	k.buckets = newGenerations[*rate.Limiter](maxKeys, fillTime(perSecond, burst))
	return k
}

func fillTime(perSecond float64, burst int) time.Duration {
	return seconds(math.Ceil(float64(burst) / perSecond))
}

// seconds converts without overflow.
func seconds(s float64) time.Duration {
	return time.Duration(min(s, math.MaxInt64/2/float64(time.Second)) * float64(time.Second))
}

func (k *Keyed) unlimited() bool { return k == nil || k.perSecond <= 0 || k.burst <= 0 }

// Allow takes n from the bucket of key, all or none. Where it is refused, retryAfter is when the same would be allowed if
// nothing else is taken. An n beyond the burst counts as the burst: it needs a full bucket, and is not refused for ever.
func (k *Keyed) Allow(key string, n int, now time.Time) (ok bool, retryAfter time.Duration) {
	if k.unlimited() {
		return true, 0
	}
	n = min(n, k.burst)
	k.mu.Lock()
	defer k.mu.Unlock()
	bucket, known := k.buckets.get(key, now)
	if !known {
		bucket = rate.NewLimiter(rate.Limit(k.perSecond), k.burst)
		k.buckets.put(key, bucket)
	}
	if bucket.AllowN(now, n) {
		return true, 0
	}
	missing := float64(n) - bucket.TokensAt(now)
	return false, max(seconds(missing/k.perSecond), time.Millisecond)
}

// Len is how many keys are remembered.
func (k *Keyed) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.buckets.len()
}

// AddressKey is the key of an address: itself for IPv4 (mapped or not), its /64 for IPv6, which is what one customer
// gets and may use at will (RFC 6177 §2). The zone is left out; an invalid address has the key "".
func AddressKey(addr netip.Addr) string {
	addr = addr.Unmap()
	if !addr.Is6() {
		if !addr.IsValid() {
			return ""
		}
		return addr.String()
	}
	prefix, _ := addr.WithZone("").Prefix(64) // never fails: 64 is within range
	return prefix.String()
}
