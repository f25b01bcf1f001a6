package main

import (
	"context"
	"math/rand/v2"
	"time"

	"yodel/scripts/faultproxy/fault"
)

var (
	allStreams = fault.Match{Class: []string{fault.Stream}}
	listening  = fault.Match{Class: []string{fault.Stream, fault.LongPoll}}
	posting    = fault.Match{Method: "POST", Class: []string{fault.Short}}
)

// troubles make what goes wrong on the way, for one schedule.
type troubles struct {
	proxy  *fault.Proxy
	random *rand.Rand
	rules  fault.Rules
	brief  bool // nothing that holds a reader back for long, where leases are short
}

func (x *troubles) once(match fault.Match) fault.When {
	return fault.When{Match: match, Times: 1 + x.random.IntN(2)}
}

func (x *troubles) how() string {
	return []string{fault.RST, fault.FIN}[x.random.IntN(2)]
}

func (x *troubles) match() fault.Match {
	return []fault.Match{{}, allStreams, listening, posting}[x.random.IntN(4)]
}

// next makes one more thing go wrong.
func (x *troubles) next(ctx context.Context) {
	r := x.random
	ms := func(n int) int { return 1 + r.IntN(n) }
	kinds := 9
	if x.brief {
		kinds = 6
	}
	switch r.IntN(kinds) {
	case 0:
		x.proxy.Cut(fault.Cut{When: fault.When{Match: x.match()}, How: x.how(), Silent: r.IntN(4) == 0 && !x.brief}) // for the server does not let go of a seat of which it knows no loss
		return
	case 1, 2:
		x.rules.Cut = []fault.Cut{{When: x.once(listening), SpreadBytes: 4000, How: x.how()}}
	case 3:
		x.rules.Drop = []fault.Drop{{When: x.once(posting), How: x.how()}}
	case 4:
		x.rules.Refuse = []fault.Refuse{{When: x.once(x.match()), As: []string{fault.BadGateway, fault.Forbidden, fault.Portal}[r.IntN(3)]}}
	case 5:
		x.rules.Reorder = []fault.Reorder{{When: x.once(x.match()), HoldMs: ms(150)}}
	case 6:
		x.rules.Delay = []fault.Delay{{Match: x.match(), UpMs: ms(10), DownMs: ms(10), JitterMs: ms(15)}}
	case 7:
		rule := fault.Buffer{Match: x.match(), PassHead: r.IntN(2) == 0}
		switch r.IntN(4) {
		case 0:
			rule.UntilBytes = ms(6000)
		case 1:
			rule.UntilEvents = ms(4)
		case 2:
			rule.LagEvents = ms(2)
		}
		x.rules.Buffer = []fault.Buffer{rule}
	case 8:
		x.freeze(ctx, time.Duration(ms(80))*time.Millisecond)
		return
	}
	x.put()
}

// freeze is over by itself: how long it lasts is the fault.
func (x *troubles) freeze(ctx context.Context, lasts time.Duration) {
	x.proxy.Freeze(x.match())
	_ = rest(ctx, lasts)
	x.proxy.Thaw()
}

func (x *troubles) put() {
	if err := x.proxy.SetRules(x.rules); err != nil {
		panic(err) // a mistake in the test
	}
}

// stop lets everything pass.
func (x *troubles) stop() {
	x.rules = fault.Rules{}
	x.put()
	x.proxy.Thaw()
}

// some forgets one kind of rule, so that they do not pile up.
func (x *troubles) some() {
	switch x.random.IntN(3) {
	case 0:
		x.rules = fault.Rules{}
	case 1:
		x.rules.Buffer, x.rules.Delay = nil, nil
	}
	x.put()
}
