package token

import (
	"fmt"
	"testing"
)

func TestTheCacheIsBoundedAndKeepsWhatIsInUse(t *testing.T) {
	var c cache
	c.put("busy", Identity{Peer: "busy"})
	for i := range 5 * generationSize {
		c.put(fmt.Sprint(i), Identity{})
		if i%100 == 0 {
			if id, ok := c.get("busy"); !ok || id.Peer != "busy" {
				t.Fatalf("forgotten after %d others", i)
			}
		}
	}
	if n := len(c.young) + len(c.old); n > 2*generationSize {
		t.Errorf("%d remembered", n)
	}
	if _, ok := c.get("0"); ok {
		t.Error("an idle token was remembered for ever")
	}
}
