//go:build linux

package main

import (
	"bytes"
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"
)

// A generator and the bare server, as they work together, in small: every message arrives, counted and timed.
func TestLoadThroughTheBareServer(t *testing.T) {
	ts := httptest.NewServer(newBare())
	defer ts.Close()
	g, err := newGenerator(&server{dialect: bareDialect{}, addr: ts.Listener.Addr().String(), pid: os.Getpid()}, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	timing, err := g.steady(2000, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(timing.latency) != 40 || percentile(timing.latency, 0) <= 0 {
		t.Errorf("40 messages, each with its latency, wanted; got %v", timing.latency)
	}
	var used usage
	if err := used.add(g, func() error { return g.full(4, 20*time.Millisecond) }); err != nil {
		t.Fatal(err)
	}
	if g.arrived != g.sent || g.answered != g.sent || used.messages != g.sent-40 || used.microseconds() <= 0 || used.rate() <= 0 {
		t.Errorf("sent %d, answered %d, arrived %d, used %+v", g.sent, g.answered, g.arrived, used)
	}
}

func TestGeneratorNoticesWhatIsWrong(t *testing.T) {
	frame := func(seq int64) []byte {
		request := newPostRequest(bareDialect{}, "", seat{}, seat{}).number(seq)
		_, body, _ := bytes.Cut(request, headEnd)
		return fmt.Appendf(nil, "data: %s\n\n", body)
	}
	head := []byte("HTTP/1.1 200 OK\r\n\r\n")
	cases := map[string]struct {
		frames [][]byte
		good   bool
	}{
		"in order":  {[][]byte{head, frame(1), frame(3), frame(5)}, true},
		"repeated":  {[][]byte{head, frame(1), frame(1)}, false},
		"lost":      {[][]byte{head, frame(1), frame(5)}, false},
		"swapped":   {[][]byte{head, frame(3), frame(1)}, false},
		"altered":   {[][]byte{head, bytes.Replace(frame(1), []byte("opus"), []byte("0pus"), 1)}, false},
		"no number": {[][]byte{head, bytes.Replace(frame(1), []byte("o=- 0"), []byte("o=- x"), 1)}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := &generator{}
			for i := range 2 {
				g.talkers = append(g.talkers, &talker{expected: int64(i ^ 1)})
			}
			err := g.takeStream(g.talkers[0], bytes.Join(c.frames, nil))
			if (err == nil) != c.good {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTurnsAreFair(t *testing.T) {
	a, b := &contender{server: &server{dialect: bareDialect{}}}, &contender{server: &server{dialect: yodelDialect{yodelServer}}}
	var order string
	err := inTurns(t.Context(), []*contender{a, b}, 2*turn+turn/2, func(c *contender, length time.Duration) error {
		order += fmt.Sprintf("%s %v, ", c.server.name(), length)
		return nil
	})
	if want := "bare 1s, yodel 1s, yodel 1s, bare 1s, bare 500ms, yodel 500ms, "; order != want || err != nil {
		t.Errorf("got %s (%v)", order, err)
	}
}

func TestWhatTheJournalCosts(t *testing.T) {
	of := func(name string, turns ...float64) *contender {
		c := &contender{server: &server{dialect: yodelDialect{name}}}
		for _, value := range turns {
			c.note(cpuFull, value)
		}
		return c
	}
	got := results{}
	got.compare([]*contender{of(yodelServer, 11, 50, 44), {server: &server{dialect: bareDialect{}}}, of(forgetful, 10, 20, 40)})
	if ratios := got[cpuFull][overForgetful]; !slices.Equal(ratios, []float64{1.1, 2.5, 1.1}) {
		t.Errorf("the turns compare as %v", ratios)
	}
	if line := got.costs()[1]; !slices.Equal(line, []string{"CPU per message at full load", "1.10", "≤ 1.15× PASS"}) {
		t.Errorf("the table has %q", line)
	}
	got.compare([]*contender{of(yodelServer, 90), of(forgetful, 30)})
	got.compare([]*contender{of(yodelServer, 90), of(forgetful, 30)})
	if line := got.costs()[1]; line[1] != "2.50" || line[2] != "≤ 1.15× over the bar" {
		t.Errorf("the table has %q", line)
	}
	alone := results{}
	alone.compare([]*contender{of(yodelServer, 11)})
	if len(alone.costs()) != 1 {
		t.Errorf("without anything to compare with there is %v", alone.costs())
	}
}

func TestMessageHasTheSizeItClaims(t *testing.T) {
	if n := messageSize(); n < 1480 || n > 1560 {
		t.Errorf("a message has %d bytes, not about 1.5 KB", n)
	}
}

func TestPercentile(t *testing.T) {
	values := make([]time.Duration, 0, 100)
	for i := range 100 {
		values = append(values, time.Duration(100-i))
	}
	for p, want := range map[float64]time.Duration{0: 1, 1: 1, 50: 50, 99: 99, 99.5: 100, 100: 100} {
		if got := percentile(values, p); got != want {
			t.Errorf("p%v = %v, want %v", p, got, want)
		}
	}
	if got := percentile(nil, 50); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("odd: %v", got)
	}
	if got := median([]float64{9, 1, 5, 6}); got != 5.5 {
		t.Errorf("even: %v", got)
	}
	if !math.IsNaN(median(nil)) {
		t.Error("nothing has no median")
	}
}

func TestVerdict(t *testing.T) {
	cases := map[string]struct {
		row         row
		bare, yodel float64
		want        string
	}{
		"under a ratio":     {row{ratio: 1.3}, 10, 12, "≤ 1.3× PASS"},
		"over a ratio":      {row{ratio: 1.3}, 10, 14, "≤ 1.3× over the bar"},
		"under an absolute": {row{absolute: 6144}, 27000, 6144, "≤ 6144 PASS"},
		"over an absolute":  {row{absolute: 6144}, 27000, 6145, "≤ 6144 over the bar"},
		"no bar":            {row{}, 1, 1, ""},
		"one side missing":  {row{ratio: 1.3}, math.NaN(), 14, ""},
	}
	for name, c := range cases {
		if got := c.row.verdict(c.bare, c.yodel); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMarkdownTable(t *testing.T) {
	var out bytes.Buffer
	printTable(&out, [][]string{{"figure", "ms", "bar"}, {"p50→", "0.18", ""}}, true)
	want := "| figure |   ms | bar |\n|---|---:|---|\n| p50→   | 0.18 |     |\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}
