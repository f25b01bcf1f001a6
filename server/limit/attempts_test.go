package limit_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/limit"
)

// try makes one attempt and says whether it was allowed.
func try(a *limit.Attempts, key string, wrong bool) (ok bool, retry time.Duration) {
	done, ok, retry := a.Begin(context.Background(), key)
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

func TestWhoComesWhileOthersTryWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := limit.NewAttempts(2, time.Minute, 100)
		first, _, _ := a.Begin(t.Context(), "k")
		second, _, _ := a.Begin(t.Context(), "k")
		type answer struct {
			done  func(bool)
			ok    bool
			retry time.Duration
		}
		answers := make(chan answer, 2)
		begin := func() {
			done, ok, retry := a.Begin(t.Context(), "k")
			answers <- answer{done, ok, retry}
		}
		go begin()
		go begin()
		synctest.Wait()
		if len(answers) != 0 {
			t.Fatal("tried while two others were under way")
		}
		first(false)
		first(false) // says nothing new
		synctest.Wait()
		if len(answers) != 1 {
			t.Fatalf("%d may try after one of two was right", len(answers))
		}
		third := <-answers
		if !third.ok {
			t.Fatal("refused though one of two was right")
		}
		second(true)
		third.done(true)
		synctest.Wait()
		if fourth := <-answers; fourth.ok || fourth.retry != time.Minute {
			t.Errorf("after two wrong ones: %v, retry after %v", fourth.ok, fourth.retry)
		}
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := limit.NewAttempts(1, time.Minute, 100)
		_, _, _ = a.Begin(t.Context(), "k")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, ok, retry := a.Begin(ctx, "k"); ok || retry != time.Second {
			t.Errorf("%v, retry after %v", ok, retry)
		}
	})
}

func TestAHundredGuessesAtOnce(t *testing.T) {
	a := limit.NewAttempts(10, time.Minute, 100)
	var mu sync.Mutex
	var all sync.WaitGroup
	tried := 0
	for range 100 {
		all.Go(func() {
			if done, ok, _ := a.Begin(context.Background(), "k"); ok {
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
