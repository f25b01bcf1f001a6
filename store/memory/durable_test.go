package memory_test

import (
	"testing"
	"time"

	"yodel/store"
	"yodel/store/memory"
	"yodel/store/storetest"
)

func reopen(t testing.TB, opts memory.Options) *memory.Store {
	t.Helper()
	s, err := memory.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContractWithAJournal(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return reopen(t, memory.Options{Retention: time.Hour, MaxLogBytes: 64 << 10, Dir: t.TempDir()})
	})
}

func TestDurability(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T, dir string) store.Store {
		return reopen(t, memory.Options{Retention: time.Hour, Dir: dir})
	})
}

// TestKilledWhileSegmentsChange kills processes whose retention is so short that segments begin and go all the time. Who
// looks at what they left has more time.
func TestKilledWhileSegmentsChange(t *testing.T) {
	retention := time.Hour
	if storetest.Doomed() {
		retention = 50 * time.Millisecond
	}
	storetest.RunKilled(t, func(t *testing.T, dir string) store.Store {
		return reopen(t, memory.Options{Retention: retention, Dir: dir})
	}, storetest.Rounds{Kills: 8, Acks: 10_000})
}
