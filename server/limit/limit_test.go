package limit_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/limit"
)

func TestABucketHoldsItsBurstAndRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := limit.New(2, 4, 100)
		if ok, _ := k.Allow("a", 3, time.Now()); !ok {
			t.Error("refused within the burst")
		}
		ok, retry := k.Allow("a", 3, time.Now())
		if ok || retry != time.Second { // one is left, two more take a second
			t.Errorf("beyond the burst: %v, retry after %v", ok, retry)
		}
		if ok, _ := k.Allow("a", 1, time.Now()); !ok {
			t.Error("a refusal cost something")
		}
		if ok, _ := k.Allow("b", 4, time.Now()); !ok {
			t.Error("one key pays for another")
		}
		time.Sleep(1500 * time.Millisecond)
		if ok, retry := k.Allow("a", 3, time.Now()); !ok {
			t.Errorf("after the time it said it needs: retry after %v", retry)
		}
	})
}

func TestRetryAfterIsLongEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := limit.New(0.7, 5, 100)
		refused := 0
		for i := range 100 {
			if ok, retry := k.Allow("a", 1+i%5, time.Now()); !ok {
				refused++
				time.Sleep(retry)
				if ok, more := k.Allow("a", 1+i%5, time.Now()); !ok && more > time.Millisecond {
					t.Fatalf("round %d: refused after %v, told to wait %v more", i, retry, more)
				}
			}
		}
		if refused < 50 {
			t.Errorf("only %d refused", refused)
		}
	})
}

func TestMoreThanTheBurstNeedsAFullBucket(t *testing.T) {
	now := time.Now()
	k := limit.New(1, 10, 100)
	if ok, _ := k.Allow("a", 64, now); !ok {
		t.Error("would be refused for ever")
	}
	if ok, retry := k.Allow("a", 64, now); ok || retry != 10*time.Second {
		t.Errorf("%v, retry after %v", ok, retry)
	}
}

func TestZeroIsNoLimit(t *testing.T) {
	now := time.Now()
	for name, k := range map[string]*limit.Keyed{
		"no rate":  limit.New(0, 10, 100),
		"no burst": limit.New(10, 0, 100),
		"nil":      nil,
	} {
		for range 1000 {
			if ok, _ := k.Allow("a", 1000, now); !ok {
				t.Fatal(name)
			}
		}
	}
	a := limit.NewAttempts(0, time.Minute, 100)
	for range 1000 {
		done, ok, _ := a.Begin(t.Context(), "a")
		if !ok {
			t.Fatal("attempts")
		}
		done(true)
	}
}

func TestMemoryIsBoundedUnderAnEndlessStreamOfKeys(t *testing.T) {
	const most = 1000
	now := time.Now()
	k, a := limit.New(1, 10, most), limit.NewAttempts(10, time.Minute, most)
	for i := range 100 * most {
		key := fmt.Sprint(i)
		if ok, _ := k.Allow(key, 1, now); !ok {
			t.Fatal("a newcomer was refused")
		}
		if done, ok, _ := a.Begin(t.Context(), key); ok {
			done(true)
		} else {
			t.Fatal("a newcomer's attempt was refused")
		}
		if k.Len() > most || a.Len() > most {
			t.Fatalf("%d buckets, %d guards after %d keys", k.Len(), a.Len(), i)
		}
	}
}

func TestIdleKeysAreForgottenAndBusyOnesAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := limit.New(1, 10, 100_000) // a bucket fills in 10 s
		for i := range 1000 {
			k.Allow(fmt.Sprint(i), 10, time.Now())
		}
		for range 15 {
			time.Sleep(time.Second)
			k.Allow("busy", 1, time.Now())
		}
		time.Sleep(time.Second)
		if ok, _ := k.Allow("busy", 10, time.Now()); !ok {
			t.Error("busy was kept, but not its refill")
		}
		for range 25 {
			time.Sleep(500 * time.Millisecond)
			k.Allow("busy", 1, time.Now())
		}
		if ok, _ := k.Allow("busy", 10, time.Now()); ok {
			t.Error("busy was forgotten, and began anew with a full bucket")
		}
		if k.Len() != 1 {
			t.Errorf("%d keys", k.Len())
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	now := time.Now()
	k := limit.New(0.001, 100, 1000)
	var mu sync.Mutex
	var all sync.WaitGroup
	allowed := 0
	for range 8 {
		all.Go(func() {
			for range 50 {
				if ok, _ := k.Allow("a", 1, now); ok {
					mu.Lock()
					allowed++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if allowed != 100 {
		t.Errorf("%d allowed, want the burst", allowed)
	}
}

func TestAddressKey(t *testing.T) {
	for name, tc := range map[string]struct{ addr, want string }{
		"IPv4":                {"192.0.2.7", "192.0.2.7"},
		"IPv4 mapped to IPv6": {"::ffff:192.0.2.7", "192.0.2.7"},
		"IPv6":                {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		"another of that /64": {"2001:db8:1:2::1", "2001:db8:1:2::/64"},
		"IPv6 with a zone":    {"fe80::1%eth0", "fe80::/64"},
		"loopback":            {"::1", "::/64"},
	} {
		if got := limit.AddressKey(netip.MustParseAddr(tc.addr)); got != tc.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := limit.AddressKey(netip.Addr{}); got != "" {
		t.Errorf("invalid: %q", got)
	}
}

func BenchmarkAllow(b *testing.B) {
	k := limit.New(1e9, 1e9, 1000)
	b.ReportAllocs()
	for b.Loop() {
		k.Allow("a", 1, time.Now())
	}
}
