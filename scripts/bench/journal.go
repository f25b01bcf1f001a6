//go:build linux

package main

import (
	"slices"
	"strings"
)

// overForgetful is where results keep how many times a figure of Yodel is that of the one without a journal.
const overForgetful = "over " + forgetful

// costs may be so many times what they are without a journal.
var costs = []row{
	{figure: latencyP50, ratio: 1.05}, // none, as far as that can be measured
	{figure: cpuSteady, ratio: 1.15},
	{figure: cpuFull, ratio: 1.15},
}

// compare holds each turn of Yodel against the turn of the one without a journal that was next to it: whatever else the
// machine did at the time, it did to both.
func (r results) compare(all []*contender) {
	find := func(name string) *contender {
		i := slices.IndexFunc(all, func(c *contender) bool { return c.server.name() == name })
		if i < 0 {
			return &contender{}
		}
		return all[i]
	}
	with, without := find(yodelServer), find(forgetful)
	for _, cost := range costs {
		for i := range min(len(with.turns[cost.figure]), len(without.turns[cost.figure])) {
			r.add(cost.figure, overForgetful, with.turns[cost.figure][i]/without.turns[cost.figure][i])
		}
	}
}

// costs is the table of what the journal costs: a heading alone where that was not measured.
func (r results) costs() [][]string {
	table := [][]string{{"what the journal costs, median of the turns", "ratio", "bar"}}
	for _, cost := range costs {
		if ratios := r[cost.figure][overForgetful]; len(ratios) > 0 {
			name, ratio := cost.figure[:strings.LastIndexByte(cost.figure, ',')], median(ratios) // a ratio has no unit
			table = append(table, []string{name, number(ratio, 2), cost.verdict(1, ratio)})
		}
	}
	return table
}
