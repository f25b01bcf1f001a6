package limit

import (
	"sync"
	"time"
)

// Attempts bounds wrong attempts by key, in any window of a given length. What is under way counts as wrong until it is
// known, so that a hundred guesses sent at once are not all tried. Safe for concurrent use.
type Attempts struct {
	// set once in NewAttempts
	limit  int
	window time.Duration

	mu     sync.Mutex
	guards generations[*guard] // guarded by mu
}

// guard is what is known of one key.
type guard struct {
	underWay int
	wrong    []time.Time // when each began, at most limit of them
}

// NewAttempts allows limit wrong attempts per key in any window, and remembers at most maxKeys keys. A limit or window of
// zero or less lifts the limit.
func NewAttempts(limit int, window time.Duration, maxKeys int) *Attempts {
	a := &Attempts{limit: limit, window: window}
	if !a.unlimited() {
		a.guards = newGenerations[*guard](maxKeys, window)
	}
	return a
}

func (a *Attempts) unlimited() bool { return a == nil || a.limit <= 0 || a.window <= 0 }

// Begin asks to make an attempt. Where ok, the caller makes it and says through done whether it was wrong, always, and
// false for one that was given up undecided; only the first done counts. Where not, done is nil and retryAfter is when to
// come again.
func (a *Attempts) Begin(key string, now time.Time) (done func(wrong bool), ok bool, retryAfter time.Duration) {
	if a.unlimited() {
		return func(bool) {}, true, 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g, known := a.guards.get(key, now)
	if !known {
		g = &guard{}
		a.guards.put(key, g)
	}
	g.forget(now.Add(-a.window))
	if len(g.wrong)+g.underWay >= a.limit {
		return nil, false, g.retryAfter(now, a.window)
	}
	g.underWay++
	var once sync.Once
	return func(wrong bool) { once.Do(func() { a.end(g, now, wrong) }) }, true, 0
}

func (a *Attempts) end(g *guard, began time.Time, wrong bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g.underWay--
	if wrong {
		g.wrong = append(g.wrong, began)
	}
}

// forget drops what began at or before then.
func (g *guard) forget(then time.Time) {
	kept := g.wrong[:0]
	for _, began := range g.wrong {
		if began.After(then) {
			kept = append(kept, began)
		}
	}
	g.wrong = kept
}

// retryAfter is when the first of the wrong ones leaves the window, or a second where all are still under way.
func (g *guard) retryAfter(now time.Time, window time.Duration) time.Duration {
	if g.underWay > 0 {
		return min(time.Second, window)
	}
	wait := window
	for _, began := range g.wrong {
		wait = min(wait, began.Add(window).Sub(now))
	}
	return wait
}

// Len is how many keys are remembered.
func (a *Attempts) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.guards.len()
}
