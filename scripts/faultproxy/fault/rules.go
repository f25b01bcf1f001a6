package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Rules say what shall go wrong; package fault explains each member. The zero Rules let everything pass.
type Rules struct {
	Seed         uint64    `json:"seed,omitempty"`
	UpstreamDown string    `json:"upstreamDown,omitempty"`
	Refuse       []Refuse  `json:"refuse,omitempty"`
	Reorder      []Reorder `json:"reorder,omitempty"`
	Drop         []Drop    `json:"drop,omitempty"`
	Cut          []Cut     `json:"cut,omitempty"`
	Buffer       []Buffer  `json:"buffer,omitempty"`
	Delay        []Delay   `json:"delay,omitempty"`
}

// When says which exchanges a rule is about, and how often. The zero When is always.
type When struct {
	Match       Match   `json:"match,omitzero"`
	Times       int     `json:"times,omitempty"`
	Probability float64 `json:"probability,omitempty"`
}

// Refuse answers in the server's place.
type Refuse struct {
	When
	As string `json:"as"`
}

// Reorder holds a request back until a later one was answered.
type Reorder struct {
	When
	Behind Match `json:"behind,omitzero"`
	HoldMs int   `json:"holdMs,omitempty"`
}

// Drop throws an answer away.
type Drop struct {
	When
	How string `json:"how,omitempty"`
}

// Cut ends the connections of an answer, or with [Proxy.Cut] those of now.
type Cut struct {
	When
	AfterBytes  int    `json:"afterBytes,omitempty"`
	SpreadBytes int    `json:"spreadBytes,omitempty"`
	How         string `json:"how,omitempty"`
	Silent      bool   `json:"silent,omitempty"`
}

// Buffer holds an answer back.
type Buffer struct {
	Match       Match `json:"match,omitzero"`
	UntilBytes  int   `json:"untilBytes,omitempty"`
	UntilEvents int   `json:"untilEvents,omitempty"`
	LagEvents   int   `json:"lagEvents,omitempty"`
	PassHead    bool  `json:"passHead,omitempty"`
}

// Delay makes everything late.
type Delay struct {
	Match    Match `json:"match,omitzero"`
	UpMs     int   `json:"upMs,omitempty"`
	DownMs   int   `json:"downMs,omitempty"`
	JitterMs int   `json:"jitterMs,omitempty"`
}

// Ways to end a connection.
const (
	RST = "rst" // a reset, the default of a cut
	FIN = "fin" // an orderly end, in the wrong place
)

// Answers of a proxy that refuses, and what becomes of clients while the server does not listen.
const (
	BadGateway = "bad-gateway"
	Forbidden  = "forbidden"
	Portal     = "portal"

	DownReset = "reset"
	Down502   = "502"
)

const defaultHoldMs = 1000

// ReadRules decodes rules and refuses what is unknown or makes no sense.
func ReadRules(r io.Reader) (Rules, error) {
	var rules Rules
	if err := readJSON(r, &rules); err != nil {
		return Rules{}, err
	}
	return rules, rules.check()
}

// readJSON decodes a whole document without unknown members; an empty one is {}.
func readJSON(r io.Reader, into any) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("more than one document")
	}
	return nil
}

// check says everything that makes no sense.
func (r Rules) check() error {
	problems := []error{oneOf("upstreamDown", r.UpstreamDown, "", DownReset, Down502)}
	for _, rule := range r.Refuse {
		problems = append(problems, rule.When.check("refuse"), oneOf("refuse.as", rule.As, BadGateway, Forbidden, Portal))
	}
	for _, rule := range r.Reorder {
		problems = append(problems, rule.When.check("reorder"), rule.Behind.check(), notNegative("reorder", rule.HoldMs))
	}
	for _, rule := range r.Drop {
		problems = append(problems, rule.When.check("drop"), oneOf("drop.how", rule.How, "", RST, FIN))
	}
	for _, rule := range r.Cut {
		problems = append(problems, rule.check())
	}
	for _, rule := range r.Buffer {
		problems = append(problems, rule.Match.check(), notNegative("buffer", rule.UntilBytes, rule.UntilEvents, rule.LagEvents))
	}
	for _, rule := range r.Delay {
		problems = append(problems, rule.Match.check(), notNegative("delay", rule.UpMs, rule.DownMs, rule.JitterMs))
	}
	return errors.Join(problems...)
}

func (c Cut) check() error {
	return errors.Join(c.When.check("cut"), oneOf("cut.how", c.How, "", RST, FIN), notNegative("cut", c.AfterBytes, c.SpreadBytes))
}

func (w When) check(what string) error {
	err := errors.Join(w.Match.check(), notNegative(what, w.Times))
	if w.Probability < 0 || w.Probability > 1 {
		err = errors.Join(err, fmt.Errorf("%s: a probability is from 0 to 1", what))
	}
	return err
}

func oneOf(what, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s: %q is none of %q", what, value, allowed)
}

func notNegative(what string, values ...int) error {
	if slices.Min(values) < 0 {
		return fmt.Errorf("%s: a number must not be negative", what)
	}
	return nil
}
