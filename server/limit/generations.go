package limit

import "time"

// generations is a bounded map that forgets what was not met for a while. It has two maps, young and old: each turn the
// young one becomes the old one and the old one is dropped; what is met in the old one moves back to the young one. So
// a value is kept for at least one turn after it was last met, and there is no list, heap or timer to look after.
type generations[V any] struct {
	half  int           // how many the young map holds before it turns early
	turn  time.Duration // how long until it turns anyway
	young map[string]V
	old   map[string]V
	since time.Time // of the last turn
}

func newGenerations[V any](maxKeys int, turn time.Duration) generations[V] {
	return generations[V]{half: max(1, maxKeys/2), turn: turn, young: map[string]V{}}
}

// get looks key up. It turns the generations where it is time, so that idle keys go as others come.
func (g *generations[V]) get(key string, now time.Time) (V, bool) {
	switch idle := now.Sub(g.since); {
	case idle >= 2*g.turn: // both are stale
		g.young, g.old, g.since = map[string]V{}, nil, now
	case idle >= g.turn:
		g.young, g.old, g.since = map[string]V{}, g.young, now
	}
	v, ok := g.young[key]
	if ok {
		return v, true
	}
	if v, ok = g.old[key]; ok {
		delete(g.old, key)
		g.put(key, v)
	}
	return v, ok
}

// put adds a key that get did not find.
func (g *generations[V]) put(key string, v V) {
	if len(g.young) >= g.half {
		g.young, g.old = map[string]V{}, g.young
	}
	g.young[key] = v
}

func (g *generations[V]) len() int { return len(g.young) + len(g.old) }
