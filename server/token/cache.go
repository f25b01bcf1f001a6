package token

import (
	"strings"
	"sync"
)

// generationSize is how many tokens one of the two generations remembers; a token and its identity take about 700
// bytes, so a full cache about 11 MB.
const generationSize = 8192

// cache remembers verified tokens in two generations: when the young one is full it becomes the old one, and the old
// one is forgotten. What is in use is moved back to the young one as it is met, so only idle tokens are lost, and
// memory is bounded without a list or a timer. The zero value is ready; safe for concurrent use.
type cache struct {
	mu         sync.RWMutex
	young, old map[string]Identity // guarded by mu
}

func (c *cache) get(raw string) (Identity, bool) {
	c.mu.RLock()
	id, young := c.young[raw]
	old := false
	if !young {
		id, old = c.old[raw]
	}
	c.mu.RUnlock()
	if old {
		c.put(raw, id)
	}
	return id, young || old
}

func (c *cache) put(raw string, id Identity) {
	raw = strings.Clone(raw) // not to keep alive the request it was cut from
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= generationSize {
		c.old, c.young = c.young, make(map[string]Identity)
	}
	c.young[raw] = id
}
