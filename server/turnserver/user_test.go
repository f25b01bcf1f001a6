package turnserver

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAUserIsForgotten when it has no allocations and its pace is full, and not before.
func TestAUserIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		us := newUsers(Config{BytesPerSecond: 2000}, &counts{})
		const name = "r-0196f6ae-0000-7000-8000-00000000000a"
		known := func() *user {
			us.mu.Lock()
			defer us.mu.Unlock()
			return us.all[name]
		}
		us.release(us.acquire(name))
		if known() != nil {
			t.Error("one that has used nothing is kept")
		}
		u := us.acquire(name)
		if !u.maySend(2000 - overhead) {
			t.Error("it may not say at once what it may in a second")
		}
		us.release(u)
		time.Sleep(500 * time.Millisecond)
		if again := us.acquire(name); again != u || us.held != 1 {
			t.Error("it has another pace")
		}
		u.maySend(500 - overhead)
		us.release(u)
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if us.holds(name) || known() != u {
			t.Error("it is forgotten with half its pace")
		}
		time.Sleep(251 * time.Millisecond)
		synctest.Wait()
		if known() != nil {
			t.Error("it is kept for good")
		}
	})
}
