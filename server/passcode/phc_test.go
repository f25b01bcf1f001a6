package passcode

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestNoMoreThanTwoHashesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(WithCost(64, 1))
		for range atOnce {
			h.slots <- struct{}{} // two are under way
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third did not wait: %v", err)
		}
		waited := make(chan error, 1)
		go func() {
			_, err := h.Hash(t.Context(), "x")
			waited <- err
		}()
		synctest.Wait()
		if len(waited) > 0 {
			t.Error("a third did not wait")
		}
		<-h.slots
		if err := <-waited; err != nil {
			t.Error(err)
		}
		if len(h.slots) != atOnce-1 {
			t.Error("a finished hash kept its place")
		}
	})
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$bmwMaBPRPwQoBvWuMdbjbzQOFrQGSSPLdRWvPAdmzGs")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, phc string) {
		h, err := parse(phc)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Error(err)
			}
			return
		}
		if h.String() != phc {
			t.Errorf("%q came back as %q", phc, h)
		}
	})
}
