//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
)

// Figures, as the table names them.
const (
	latencyP50 = "POST→event latency p50, ms"
	latencyP99 = "POST→event latency p99, ms"
	lateP99    = "of which the generator was late, p99, ms"
	cpuSteady  = "CPU per message at the steady rate, µs"
	cpuFull    = "CPU per message at full load, µs"
	throughput = "messages per second at full load"
	idlePlain  = "resident bytes per idle stream, HTTP"
	idleTLS    = "resident bytes per idle stream, TLS"
	portKept   = "a request by the port that has TURN too, p50, ms"
	portFresh  = "the same with a connection of its own, p50, ms"
	relayed    = "relayed over TLS, Mbit/s per core"
)

// busyMilliseconds is how late the generator may be, at p99, on a machine that has nothing else to do.
const busyMilliseconds = 0.5

// results are all measurements: figure, server, one value per round.
type results map[string]map[string][]float64

func (r results) add(figure, server string, value float64) {
	if r[figure] == nil {
		r[figure] = map[string][]float64{}
	}
	r[figure][server] = append(r[figure][server], value)
}

// row is a line of the table: which figure, how many decimals, and its bar, where there is one.
type row struct {
	figure   string
	part     string
	decimals int
	ratio    float64 // at most so many times the bare server's
	absolute float64 // at most so much
	least    float64 // at least so much
}

var rows = []row{
	{figure: latencyP50, part: "latency", decimals: 3},
	{figure: latencyP99, part: "latency", decimals: 3, ratio: 1.5},
	{figure: lateP99, part: "latency", decimals: 3},
	{figure: cpuSteady, part: "cpu", decimals: 1, ratio: 1.3},
	{figure: cpuFull, part: "cpu", decimals: 1, ratio: 1.3},
	{figure: throughput, part: "cpu"},
	{figure: idlePlain, part: "idle", absolute: 6 * 1024},
	{figure: idleTLS, part: "tls"},
	{figure: portKept, part: "port", decimals: 3, ratio: 1.05},
	{figure: portFresh, part: "port", decimals: 3, ratio: 1.05},
	{figure: relayed, part: "relay", least: 300},
}

// verdict holds a row against its bar; empty where it has none or something was not measured.
func (r row) verdict(bare, yodel float64) string {
	var limit, value float64
	var bar string
	switch {
	case r.ratio > 0:
		limit, value, bar = r.ratio, yodel/bare, fmt.Sprintf("≤ %g×", r.ratio)
	case r.absolute > 0:
		limit, value, bar = r.absolute, yodel, fmt.Sprintf("≤ %.0f", r.absolute)
	case r.least > 0:
		limit, value, bar = -r.least, -yodel, fmt.Sprintf("≥ %.0f", r.least)
	}
	switch {
	case bar == "" || math.IsNaN(value):
		return ""
	case value <= limit:
		return bar + " PASS"
	default:
		return bar + " over the bar"
	}
}

// report prints medians over the rounds, their ratio, and how each bar was met.
func (b *bench) report(w io.Writer) {
	table := [][]string{{"median of the rounds", "bare gin", "Yodel", "keeping nothing", "ratio", "bar"}}
	for _, r := range rows {
		values := b.results[r.figure]
		if !slices.Contains(b.only, r.part) || values == nil {
			continue
		}
		bare, yodel := median(values[bareServer]), median(values[yodelServer])
		alike := median(values[forgetful]) // does what the bare one does, so this is what is held against it
		if values[forgetful] == nil {
			alike = yodel
		}
		table = append(table, []string{r.figure, number(bare, r.decimals), number(yodel, r.decimals),
			number(median(values[forgetful]), r.decimals), number(alike/bare, 2), r.verdict(bare, alike)})
	}
	fmt.Fprintf(w, "%d messages/s over %d rooms of two, messages of %d bytes, rounds: %d, %d idle streams, %d CPUs, %s\n\n",
		b.rate, b.rooms, messageSize(), b.rounds, b.streams, runtime.NumCPU(), runtime.Version())
	printTable(w, table, b.markdown)
	if costs := b.results.costs(); len(costs) > 1 {
		fmt.Fprintln(w)
		printTable(w, costs, b.markdown)
	}
	late := slices.Concat(b.results[lateP99][bareServer], b.results[lateP99][forgetful], b.results[lateP99][yodelServer])
	if len(late) > 0 && slices.Max(late) > busyMilliseconds {
		fmt.Fprintln(w, "\nThe generator itself was late: the machine had other work. Do not rely on these latencies.")
	}
}

// messageSize is the length of a message's body as the benchmark sends it.
func messageSize() int {
	s := seat{id: strings.Repeat("0", 36)}
	request := string(newPostRequest(bareDialect{}, "", s, s).bytes)
	_, body, _ := strings.Cut(request, string(headEnd))
	return len(body)
}

func number(v float64, decimals int) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.*f", decimals, v)
}

// printTable aligns the first column left and the others right, as Markdown or as plain text.
func printTable(w io.Writer, table [][]string, markdown bool) {
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	left, between, right := "", "  ", ""
	if markdown {
		left, between, right = "| ", " | ", " |"
	}
	for n, line := range table {
		cells := make([]string, len(line))
		for i, cell := range line {
			gap := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if cells[i] = gap + cell; i == 0 || i == len(line)-1 {
				cells[i] = cell + gap
			}
		}
		fmt.Fprintln(w, strings.TrimRight(left+strings.Join(cells, between)+right, " "))
		if n == 0 && markdown {
			fmt.Fprintln(w, "|---|"+strings.Repeat("---:|", len(line)-2)+"---|")
		}
	}
}
