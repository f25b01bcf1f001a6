package limit_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/limit"
)

// try makes one attempt and says whether it was allowed.
func try(a *limit.Attempts, key string, wrong bool) (ok bool, retry time.Duration) {
	done, ok, retry := a.Begin(key, time.Now())
	if ok {
		done(wrong)
	}
	return ok, retry
}

func TestTenWrongAttemptsInAnyMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := limit.NewAttempts(10, time.Minute, 100)
		for i := range 10 {
			if ok, _ := try(a, "room1 ::1", true); !ok {
				t.Fatalf("attempt %d refused", i)
			}
			time.Sleep(time.Second)
		}
		if ok, retry := try(a, "room1 ::1", false); ok || retry != 50*time.Second {
			t.Errorf("the eleventh: %v, retry after %v", ok, retry)
		}
		if ok, _ := try(a, "room2 ::1", true); !ok {
			t.Error("another key was refused")
		}
		time.Sleep(50 * time.Second)
		if ok, _ := try(a, "room1 ::1", true); !ok {
			t.Error("refused after the time it said")
		}
		if ok, retry := try(a, "room1 ::1", true); ok || retry != time.Second {
			t.Errorf("the next: %v, retry after %v", ok, retry)
		}
	})
}

func TestRightAttemptsAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := limit.NewAttempts(3, time.Minute, 100)
		for i := range 100 {
			if ok, _ := try(a, "k", false); !ok {
				t.Fatalf("attempt %d refused", i)
			}
		}
	})
}

func TestWhatIsUnderWayCounts(t *testing.T) {
	now := time.Now()
	a := limit.NewAttempts(2, time.Minute, 100)
	first, _, _ := a.Begin("k", now)
	second, _, _ := a.Begin("k", now)
	if _, ok, retry := a.Begin("k", now); ok || retry != time.Second {
		t.Errorf("a third at once: %v, retry after %v", ok, retry)
	}
	first(false)
	first(false) // says nothing new
	third, ok, _ := a.Begin("k", now)
	if !ok {
		t.Fatal("refused though one of two was right")
	}
	if _, ok, _ := a.Begin("k", now); ok {
		t.Error("a second done freed a second place")
	}
	second(true)
	third(true)
	if _, ok, retry := a.Begin("k", now); ok || retry != time.Minute {
		t.Errorf("after two wrong ones: %v, retry after %v", ok, retry)
	}
}

func TestAHundredGuessesAtOnce(t *testing.T) {
	now := time.Now()
	a := limit.NewAttempts(10, time.Minute, 100)
	var mu sync.Mutex
	var all sync.WaitGroup
	tried := 0
	for range 100 {
		all.Go(func() {
			if done, ok, _ := a.Begin("k", now); ok {
				mu.Lock()
				tried++
				mu.Unlock()
				done(true)
			}
		})
	}
	all.Wait()
	if tried != 10 {
		t.Errorf("%d tried", tried)
	}
}
