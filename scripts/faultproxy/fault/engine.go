package fault

import (
	"slices"
	"time"
)

// SetRules replaces all rules.
func (p *Proxy) SetRules(rules Rules) error {
	if err := rules.check(); err != nil {
		return err
	}
	rules.Refuse, rules.Reorder = slices.Clone(rules.Refuse), slices.Clone(rules.Reorder) // counted by their places
	rules.Drop, rules.Cut = slices.Clone(rules.Drop), slices.Clone(rules.Cut)
	p.mu.Lock()
	if rules.Seed == 0 {
		rules.Seed = p.rules.Seed
	}
	p.rules, p.left = rules, map[*When]int{}
	p.mu.Unlock()
	for _, l := range p.open() { // a rule that held something back may be gone
		l.mu.Lock()
		l.flowLocked()
		l.mu.Unlock()
	}
	return nil
}

// Rules are those in force.
func (p *Proxy) Rules() Rules {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rules
}

// when is what pick looks at, for every rule that embeds it.
func (w *When) when() *When { return w }

// pickLocked is the first rule that applies to x; nil: none.
func pickLocked[R any, P interface {
	*R
	when() *When
}](p *Proxy, rules []R, x *exchange) *R {
	for i := range rules {
		w := P(&rules[i]).when()
		left, counted := p.left[w]
		if !counted {
			left = w.Times
		}
		if w.Times > 0 && left == 0 || !w.Match.of(x) || w.Probability > 0 && x.link.random.Float64() >= w.Probability {
			continue
		}
		if w.Times > 0 {
			p.left[w] = left - 1
		}
		return &rules[i]
	}
	return nil
}

// begin numbers a request that has come and decides what becomes of it; not nil: it is refused.
func (p *Proxy) begin(x *exchange) *Refuse {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	x.number = p.number
	p.stats.Requests[x.class()]++
	defer p.changedLocked()
	if refusal := pickLocked[Refuse](p, p.rules.Refuse, x); refusal != nil {
		p.stats.Refused++
		return refusal
	}
	x.drop = pickLocked[Drop](p, p.rules.Drop, x)
	if rule := pickLocked[Reorder](p, p.rules.Reorder, x); rule != nil {
		ms := rule.HoldMs
		if ms == 0 {
			ms = defaultHoldMs
		}
		x.held = &heldRequest{rule.Behind, time.Now().Add(millis(ms)), make(chan struct{})}
		p.waiting = append(p.waiting, x)
		p.stats.Held++
	}
	return nil
}

// headCame notes that x was answered, which whoever waits to be overtaken by it waits for.
func (p *Proxy) headCame(x *exchange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(held *exchange) bool {
		if held == x { // it has waited for long enough
			return true
		}
		if held.number > x.number || held.link == x.link || !held.held.behind.of(x) {
			return false
		}
		if time.Now().Before(held.held.until) {
			p.stats.Overtaken++
			close(held.held.overtake)
		}
		return true
	})
	p.changedLocked()
}

// planCut is where the answer to x is to be cut; nil: nowhere.
func (p *Proxy) planCut(x *exchange) *plannedCut {
	p.mu.Lock()
	defer p.mu.Unlock()
	rule := pickLocked[Cut](p, p.rules.Cut, x)
	if rule == nil {
		return nil
	}
	return &plannedCut{rule.AfterBytes + x.link.random.IntN(rule.SpreadBytes+1), rule}
}

// spare gives a cut back that was planned behind the end of an answer.
func (p *Proxy) spare(cut *plannedCut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left, counted := p.left[cut.rule.when()]; counted {
		p.left[cut.rule.when()] = left + 1
	}
}

// buffering is the rule that holds the answer to x back; nil: none.
func (p *Proxy) buffering(x *exchange) *Buffer {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.rules.Buffer {
		if p.rules.Buffer[i].Match.of(x) {
			return &p.rules.Buffer[i]
		}
	}
	return nil
}

// delay is how late something of x shall be.
func (p *Proxy) delay(x *exchange, up bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rule := range p.rules.Delay {
		if x == nil || !rule.Match.of(x) {
			continue
		}
		ms := rule.DownMs
		if up {
			ms = rule.UpMs
		}
		return millis(ms + x.link.random.IntN(rule.JitterMs+1))
	}
	return 0
}

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }
