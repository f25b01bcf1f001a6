package fault

// answer is an answer on its way to the client: what is held back of it, and where it will be cut. Its link's mu guards it.
type answer struct {
	x    *exchange // set once
	over bool      // all of it has come

	held   []byte
	head   int   // how much of what is held is still the head
	ends   []int // in what is held, where events end
	events eventEnds

	gone    int         // bytes let go
	cut     *plannedCut // nil: none
	noted   bool        // in the stats, that something was held back
	counted int         // in the stats, of what is held
}

// plannedCut is a cut in an answer.
type plannedCut struct {
	after int // bytes
	rule  *Cut
}

// add takes bytes of the body that came from the server, as they are and as a reader of the body sees them.
func (a *answer) add(raw []byte, b *body) (n int, err error) {
	began := len(a.held)
	n, err = b.take(raw, func(data []byte, end int) {
		for i, each := range data {
			if a.events.next(each) {
				a.ends = append(a.ends, began+end-len(data)+i+1)
			}
		}
	})
	a.held = append(a.held, raw[:n]...)
	return n, err
}

// ready is how much of what is held a rule lets go.
func (a *answer) ready(rule *Buffer) int {
	all := len(a.held)
	switch {
	case rule == nil, a.over:
		return all
	case rule.LagEvents > 0 && len(a.ends) > rule.LagEvents:
		return a.ends[len(a.ends)-1-rule.LagEvents]
	case rule.LagEvents == 0 && rule.UntilBytes > 0 && all >= rule.UntilBytes:
		return all
	case rule.LagEvents == 0 && rule.UntilEvents > 0 && len(a.ends) >= rule.UntilEvents:
		return all
	case rule.PassHead:
		return a.head
	}
	return 0
}

// letGo takes the first n bytes out of what is held. cut: with them the place is reached where the answer is to be cut.
func (a *answer) letGo(n int) (data []byte, cut bool) {
	data = a.held[:n:n]
	a.held = append([]byte(nil), a.held[n:]...)
	a.head = max(0, a.head-n)
	for len(a.ends) > 0 && a.ends[0] <= n {
		a.ends = a.ends[1:]
	}
	for i := range a.ends {
		a.ends[i] -= n
	}
	if a.cut != nil && a.gone+n >= a.cut.after {
		return data[:max(0, a.cut.after-a.gone)], true
	}
	a.gone += n
	return data, false
}
