package main

import (
	"context"
	"math"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// schedulePatience is how long a schedule may take, on a machine that has much else to do.
const schedulePatience = 3 * time.Minute

// TestSchedules plays random schedules of what goes wrong, see schedule. With YODEL_SEED it plays those of an earlier run,
// with YODEL_SCHEDULES so many times as many.
func TestSchedules(t *testing.T) {
	t.Parallel()
	seed := fromEnvironment(t, "YODEL_SEED", float64(time.Now().UnixNano()%1e9))
	factor := fromEnvironment(t, "YODEL_SCHEDULES", 1)
	t.Attr("YODEL_SEED", strconv.FormatFloat(seed, 'f', -1, 64))
	var all tally
	t.Run("worlds", func(t *testing.T) {
		for name, w := range worlds() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				shut := w.open(t, uint64(seed))
				for what, seeds := range w.plays {
					playAll(w, what, int(math.Ceil(factor*float64(seeds))), &all)
				}
				shut()
				all.add("worlds", 1)
				all.add("SIGKILL", w.kills)
				all.add("SIGTERM", w.stops)
			})
		}
	})
	all.print(t, factor >= 1 && all.counts["worlds"] == len(worlds()))
}

// worlds are the servers that schedules are played on.
func worlds() map[string]*world {
	const long, ever = time.Minute, 2 * time.Minute // longer than anybody is away, longer than anything is asked for
	return map[string]*world{
		"a server that remembers everything":  {memory: everything, lease: long, keeps: ever, killing: 60, plays: [...]int{ofMessages: 28, ofCalls: 0}},
		"a server that remembers calls":       {memory: everything, lease: long, keeps: ever, killing: 50, plays: [...]int{ofMessages: 0, ofCalls: 16}},
		"a server that keeps events for 1 s":  {memory: everything, lease: long, keeps: time.Second, killing: 200, plays: [...]int{ofMessages: 20, ofCalls: 0}},
		"a server whose seats are taken soon": {memory: everything, lease: 400 * time.Millisecond, keeps: ever, killing: 100, plays: [...]int{ofMessages: 16, ofCalls: 0}},
		"a server that remembers seats alone": {memory: seatsAlone, lease: long, keeps: ever, killing: 50, plays: [...]int{ofMessages: 10, ofCalls: 0}},
		"a server that remembers nothing":     {memory: nothing, lease: long, keeps: ever, killing: 50, plays: [...]int{ofMessages: 12, ofCalls: 0}},
	}
}

// fromEnvironment is a number that whoever runs the test may set.
func fromEnvironment(t *testing.T, name string, otherwise float64) float64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// playAll plays the schedules of so many seeds, a few at a time, each in every mode.
func playAll(w *world, what, seeds int, all *tally) {
	next := make(chan *schedule)
	go func() {
		defer close(next)
		for i := range seeds {
			for m := range modes {
				next <- &schedule{w: w, seed: w.seed + uint64(i), mode: m, what: what}
			}
		}
	}()
	var players sync.WaitGroup
	for range 8 {
		players.Go(func() {
			for s := range next {
				ctx, cancel := context.WithTimeout(context.Background(), schedulePatience)
				v := s.play(ctx)
				cancel()
				for _, wrong := range v.wrong {
					w.t.Errorf("%s: %s", s, wrong)
				}
				all.count(s, v)
			}
		})
	}
	players.Wait()
}
