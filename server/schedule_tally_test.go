package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tally is what all schedules came to.
type tally struct {
	mu        sync.Mutex
	counts    map[string]int  // guarded by mu
	recovered []time.Duration // guarded by mu
}

// mustHappen is what no run may be without, for it would prove less than it says.
var mustHappen = []string{"schedules", "messages", "requests of writers", "deeds in calls", "SIGKILL", "SIGTERM", "cuts", "answers dropped", "requests overtaken",
	"requests refused by a proxy", "answers held back", "freezes", "seats lost"}

func (a *tally) add(what string, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.counts == nil {
		a.counts = map[string]int{}
	}
	a.counts[what] += n
}

func (a *tally) count(s *schedule, v verdict) {
	a.add("schedules", 1)
	a.add("messages", len(s.writer.messages))
	a.add("requests of writers", s.writer.posts)
	a.add("deeds in calls", len(s.deeds))
	a.add("cuts", s.faults.Cuts)
	a.add("answers dropped", s.faults.Dropped)
	a.add("requests overtaken", s.faults.Overtaken)
	a.add("requests refused by a proxy", s.faults.Refused)
	a.add("answers held back", s.faults.Buffered)
	a.add("freezes", s.faults.Freezes)
	a.add("seats lost", s.expired)
	a.add("lost", v.lost)
	a.add("repeated", v.repeated)
	for _, r := range s.readers {
		a.add("places lost with the log", len(r.spans)-1)
		a.add("readers replaced by a late request of their own", r.replaced)
		a.mu.Lock()
		a.recovered = append(a.recovered, r.recovered...)
		a.mu.Unlock()
	}
}

// print says what happened, and fails a whole run in which too little did.
func (a *tally) print(t *testing.T, whole bool) {
	var text strings.Builder
	for _, what := range append(slices.Clone(mustHappen), "places lost with the log", "readers replaced by a late request of their own", "lost", "repeated") {
		fmt.Fprintf(&text, "%s %d, ", what, a.counts[what])
		if whole && slices.Contains(mustHappen, what) && a.counts[what] == 0 {
			t.Errorf("%s: none", what)
		}
	}
	slices.Sort(a.recovered)
	if n := len(a.recovered); n > 0 {
		median := a.recovered[n/2]
		fmt.Fprintf(&text, "median from a cut to the next event %v (of %d)", median.Round(time.Millisecond/10), n)
		if median > time.Second {
			t.Errorf("the median from a cut to the next event is %v", median)
		}
	}
	t.Attr("figures", text.String())
}
