package call_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"yodel/server/call"
)

var people = []string{"ann", "bob", "cy", "dee", "eve"}

// anyStart is a call as the room may begin it.
func anyStart(rnd *rand.Rand) call.Start {
	others := slices.Clone(people[1:])
	rnd.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	s := call.Start{ID: "c", Room: "r", Caller: "ann", Present: others[:rnd.IntN(len(others)+1)], Capacity: 2 + rnd.IntN(3)}
	if s.Open = rnd.IntN(2) == 0; !s.Open {
		s.To = others[:1+rnd.IntN(len(others))]
	}
	return s
}

// anyAction is anything by anybody. Accepting and hanging up come more often, or few calls would get far.
func anyAction(rnd *rand.Rand) call.Action {
	peer := people[rnd.IntN(len(people))]
	yes := rnd.IntN(2) == 0
	switch rnd.IntN(12) {
	case 0, 1, 2, 3:
		return accept{peer}
	case 4, 5:
		return decline{peer, []call.Reason{"", busy}[rnd.IntN(2)]}
	case 6, 7:
		return hangup{peer, []call.Reason{"", failed}[rnd.IntN(2)]}
	case 8:
		return gone{peer, yes}
	case 9, 10:
		return arrived{peer}
	}
	if yes {
		return timeout{}
	}
	return accept{peer}
}

// TestWhateverHappens lets anything happen in any order and looks at what must hold all the same.
func TestWhateverHappens(t *testing.T) {
	const seed = 2026
	reached := map[string]int{}
	for n := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, n))
		s := anyStart(rnd)
		c := call.New(s, start)
		story := fmt.Sprintf("call %d: %+v", n, s)
		for range 30 {
			a := anyAction(rnd)
			story += fmt.Sprintf("\n%#v", a)
			next, err := c.Apply(a, start.Add(time.Minute))
			if broken := brokenStep(c, next, a, err); broken != "" {
				t.Fatalf("%s\n%s → %s, %v: %s", story, brief(c), brief(next), err, broken)
			}
			if again, err := next.Apply(a, start); again.Revision != next.Revision && err == nil {
				t.Fatalf("%s\n%s: once more made it %s", story, brief(next), brief(again))
			}
			if broken := brokenCall(next); broken != "" {
				t.Fatalf("%s\n%s: %s", story, brief(next), broken)
			}
			c = next
		}
		reached[string(c.State)+" "+string(c.Reason)]++
	}
	for _, want := range []string{"ended cancelled", "ended declined", "ended busy", "ended timeout", "ended hangup", "ended failed", "active "} {
		if reached[want] == 0 {
			t.Errorf("no call came to be %q: %v", want, reached)
		}
	}
}

// brokenStep says what is wrong with going from c to next.
func brokenStep(c, next call.Record, a call.Action, err error) string {
	order := map[call.State]int{call.StateRinging: 0, call.StateActive: 1, call.StateEnded: 2}
	same := reflect.DeepEqual(c, next)
	switch {
	case err != nil && !same:
		return "a refusal changed the call"
	case err != nil && !slices.Contains([]error{call.ErrFull, call.ErrOver, call.ErrNotInvited, call.ErrNotInCall}, err):
		return "an unknown refusal"
	case errors.Is(err, call.ErrOver) != (err != nil && c.State == call.StateEnded):
		return "over is said exactly of what has ended"
	case err != nil && !asked(a):
		return "a fact was refused"
	case same != (next.Revision == c.Revision):
		return "a change without a revision, or the other way round"
	case next.Revision-c.Revision > 1 || next.Revision < c.Revision:
		return "a revision that is not the next"
	case order[next.State] < order[c.State]:
		return "a state came back"
	case c.State == call.StateEnded && !same:
		return "the end was not the end"
	case c.AnsweredAt != nil && next.AnsweredAt != c.AnsweredAt:
		return "answered twice"
	}
	return ""
}

// asked reports whether a is asked for by a peer, so that it may be refused.
func asked(a call.Action) bool {
	switch a.(type) {
	case accept, decline, hangup:
		return true
	}
	return false
}

// brokenCall says what is wrong with c as it is.
func brokenCall(c call.Record) string {
	unique := func(list []string) bool {
		list = slices.Sorted(slices.Values(list))
		return len(slices.Compact(slices.Clone(list))) == len(list)
	}
	var invited []string
	ringing := 0
	for _, i := range c.Invited {
		invited = append(invited, i.Peer)
		if i.State == call.InviteRinging {
			ringing++
		}
		if c.State == call.StateActive && (i.State == call.InviteAccepted) != slices.Contains(c.Participants, i.Peer) {
			return i.Peer + " has accepted and is no participant, or the other way round"
		}
	}
	for _, p := range people {
		if c.Busy(p) && c.State == call.StateEnded {
			return p + " is busy with what has ended"
		}
		if slices.Contains(c.Former, p) && slices.Contains(c.Participants, p) {
			return p + " is in it and out of it"
		}
	}
	switch {
	case !unique(c.Participants) || !unique(invited) || !unique(c.Former):
		return "somebody is there twice"
	case slices.Contains(invited, c.Caller):
		return "the caller is invited"
	case len(c.Participants) > c.Capacity:
		return "more than may be"
	case c.State == call.StateRinging && !slices.Equal(c.Participants, []string{c.Caller}):
		return "ringing with others than the caller"
	case c.State == call.StateRinging && ringing == 0 && len(invited) > 0:
		return "ringing for nobody"
	case c.State == call.StateActive && len(c.Participants) < 2:
		return "active with fewer than two"
	case (c.State == call.StateEnded) != (c.Reason != "") || (c.State == call.StateEnded) != (c.EndedAt != nil):
		return "a reason and an end go with ended alone"
	case (c.State == call.StateActive) && c.AnsweredAt == nil || c.State == call.StateRinging && c.AnsweredAt != nil:
		return "answered goes with active"
	case (c.Reason == call.ReasonHangup || c.Reason == call.ReasonFailed) != (c.State == call.StateEnded && c.AnsweredAt != nil):
		return "hung up goes with having been answered"
	}
	return ""
}
