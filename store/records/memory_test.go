package records

import (
	"fmt"
	"testing"
	"time"
)

func TestMemoryKeepsOnlyTheLatestRevocations(t *testing.T) {
	m := InMemory()
	until := time.Now().Add(time.Hour)
	for i := range 2 * maxRevocations {
		if err := m.Revoke(fmt.Sprint(i), until); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.revoked) != maxRevocations || len(m.order) != maxRevocations || cap(m.order) > 4*maxRevocations {
		t.Errorf("%d revocations, %d in order", len(m.revoked), cap(m.order))
	}
	for peer, want := range map[int]bool{0: false, maxRevocations - 1: false, maxRevocations: true, 2*maxRevocations - 1: true} {
		if got, _ := m.Revoked(fmt.Sprint(peer)); got != want {
			t.Errorf("%d: %v", peer, got)
		}
	}
	if err := m.Purge(until); err != nil || len(m.revoked)+len(m.order) > 0 {
		t.Errorf("%v: %d left", err, len(m.revoked))
	}
}
