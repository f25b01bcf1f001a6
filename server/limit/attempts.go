package limit

import (
	"context"
	"sync"
	"time"
)

// Attempts bounds wrong attempts by key, in any window of a given length. What is under way may turn out wrong, so where
// there are as many of those as may still be wrong, the next one waits: a hundred guesses sent at once are not all tried,
// and nobody who is right is refused for being one of many. Safe for concurrent use.
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
	wrong    []time.Time   // when each began, at most limit of them
	changed  chan struct{} // closed at the end of an attempt; nil while nobody waits for one
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

// Begin asks to make an attempt, and may wait for others to end. Where ok, the caller makes it and says through done
// whether it was wrong, always, and false for one that was given up undecided; only the first done counts. Where not, done
// is nil and retryAfter is when to come again; so it is where ctx ends first.
func (a *Attempts) Begin(ctx context.Context, key string) (done func(wrong bool), ok bool, retryAfter time.Duration) {
	if a.unlimited() {
		return func(bool) {}, true, 0
	}
	for {
		done, retryAfter, changed := a.begin(key, time.Now())
		if changed == nil {
			return done, done != nil, retryAfter
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false, min(time.Second, a.window)
		}
	}
}

// begin is one look: an attempt may be made, or is refused, or has to wait for changed.
func (a *Attempts) begin(key string, now time.Time) (done func(wrong bool), retryAfter time.Duration, changed <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g, known := a.guards.get(key, now)
	if !known {
		g = &guard{}
		a.guards.put(key, g)
	}
	g.forget(now.Add(-a.window))
	switch {
	case len(g.wrong) >= a.limit:
		return nil, g.retryAfter(now, a.window), nil
	case len(g.wrong)+g.underWay >= a.limit:
		if g.changed == nil {
			g.changed = make(chan struct{})
		}
		return nil, 0, g.changed
	}
	g.underWay++
	var once sync.Once
	return func(wrong bool) { once.Do(func() { a.end(g, now, wrong) }) }, 0, nil
}

func (a *Attempts) end(g *guard, began time.Time, wrong bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g.underWay--
	if wrong {
		g.wrong = append(g.wrong, began)
	}
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
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

// retryAfter is when the first of the wrong ones leaves the window.
func (g *guard) retryAfter(now time.Time, window time.Duration) time.Duration {
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
