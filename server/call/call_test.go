package call_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"yodel/server/call"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// Short names for what happens in the tables below.
type (
	accept  = call.Accept
	decline = call.Decline
	hangup  = call.Hangup
	gone    = call.Gone
	arrived = call.Arrived
	timeout = call.RingTimeout
)

// The calls the tables begin with; Ann always calls.
var (
	toBob     = call.Start{ID: "c", Room: "r", Caller: "ann", To: []string{"bob"}, Capacity: 2}
	toBobCy   = call.Start{ID: "c", Room: "r", Caller: "ann", To: []string{"bob", "cy"}, Present: []string{"bob", "cy", "dee"}, Capacity: 2}
	threeMay  = call.Start{ID: "c", Room: "r", Caller: "ann", To: []string{"bob", "cy"}, Present: []string{"bob", "cy", "dee"}, Capacity: 3}
	openAlone = call.Start{ID: "c", Room: "r", Caller: "ann", Open: true, Capacity: 2}
	openToAll = call.Start{ID: "c", Room: "r", Caller: "ann", Present: []string{"bob", "cy"}, Open: true, Capacity: 8}
)

// brief tells a call in one line: "active r3 ann,bob | bob=accepted".
func brief(c call.Record) string {
	s := fmt.Sprintf("%s r%d %s |", c.State, c.Revision, strings.Join(c.Participants, ","))
	if c.Reason != "" {
		s = string(c.Reason) + " " + s
	}
	for _, i := range c.Invited {
		s += fmt.Sprintf(" %s=%s", i.Peer, i.State)
	}
	return s
}

// apply applies actions one after the other, a second apart, and returns the last result.
func apply(t *testing.T, c call.Record, actions ...call.Action) (call.Record, error) {
	t.Helper()
	var err error
	for i, a := range actions {
		before := text(t, c)
		var next call.Record
		next, err = c.Apply(a, start.Add(time.Duration(i+1)*time.Second))
		if text(t, c) != before {
			t.Fatalf("%T changed the record it was applied to:\n%s\n%s", a, before, text(t, c))
		}
		if (err != nil || next.Revision == c.Revision) && text(t, next) != before {
			t.Fatalf("%#v changed something without a new revision: %v\n%s\n%s", a, err, before, text(t, next))
		}
		c = next
	}
	return c, err
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNew(t *testing.T) {
	tests := map[string]struct {
		start call.Start
		want  string
	}{
		"one rings":                        {toBob, "ringing r1 ann | bob=ringing"},
		"two of three ring":                {toBobCy, "ringing r1 ann | bob=ringing cy=ringing"},
		"everyone present rings":           {openToAll, "ringing r1 ann | bob=ringing cy=ringing"},
		"alone in the room nobody rings":   {openAlone, "ringing r1 ann |"},
		"the caller never rings":           {call.Start{Caller: "ann", Present: []string{"ann", "bob"}}, "ringing r1 ann | bob=ringing"},
		"nobody rings twice":               {call.Start{Caller: "ann", To: []string{"bob", "bob"}}, "ringing r1 ann | bob=ringing"},
		"to nobody is not to everyone":     {call.Start{Caller: "ann", To: []string{}, Present: []string{"bob"}}, "ringing r1 ann |"},
		"the order of the invited is kept": {call.Start{Caller: "ann", To: []string{"cy", "bob"}}, "ringing r1 ann | cy=ringing bob=ringing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := brief(call.New(test.start, start)); got != test.want {
				t.Errorf("New = %s, want %s", got, test.want)
			}
		})
	}
	if got := call.New(call.Start{Caller: "ann"}, start).Capacity; got != 2 {
		t.Errorf("capacity is %d without one, want 2", got)
	}
}

func TestTimesOfACall(t *testing.T) {
	c, _ := apply(t, call.New(toBob, start.In(time.FixedZone("", 3600))), accept{"bob"}, gone{Peer: "bob"})
	want := []string{`"2026-03-01T12:00:00.123Z"`, `"2026-03-01T12:00:01.123Z"`, `"2026-03-01T12:00:02.123Z"`}
	if got := []string{text(t, c.CreatedAt), text(t, c.AnsweredAt), text(t, c.EndedAt)}; !reflect.DeepEqual(got, want) {
		t.Errorf("created, answered, ended at %v, want %v", got, want)
	}
	c, _ = apply(t, call.New(toBob, start), timeout{})
	if c.AnsweredAt != nil || c.EndedAt == nil {
		t.Errorf("a call nobody answered was answered at %v, ended at %v", c.AnsweredAt, c.EndedAt)
	}
}

func TestTimeReadsAnyRFC3339(t *testing.T) {
	for in, want := range map[string]string{
		`"2026-03-01T13:00:00+01:00"`:      `"2026-03-01T12:00:00.000Z"`,
		`"2026-03-01T12:00:00.123456789Z"`: `"2026-03-01T12:00:00.123Z"`,
		`null`:                             `"0001-01-01T00:00:00.000Z"`,
	} {
		var at call.Time
		if err := json.Unmarshal([]byte(in), &at); err != nil || text(t, at) != want {
			t.Errorf("%s reads as %s, %v; want %s", in, text(t, at), err, want)
		}
	}
	for _, in := range []string{`"yesterday"`, `5`, `""`} {
		if err := json.Unmarshal([]byte(in), new(call.Time)); err == nil {
			t.Errorf("%s reads as a time", in)
		}
	}
}

// contractMembers are the call's members in the HTTP contract, with what each holds.
const contractMembers = `{"id":"c","room":"r","revision":5,"state":"ended","reason":"failed","video":true,"note":"hi","caller":"ann",` +
	`"invited":[{"peer":"bob","state":"left"},{"peer":"cy","state":"busy"},{"peer":"dee","state":"left"}],"participants":["ann"],` +
	`"createdAt":"2026-03-01T12:00:00.123Z","answeredAt":"2026-03-01T12:00:02.123Z","endedAt":"2026-03-01T12:00:04.123Z"}`

func TestJSON(t *testing.T) {
	c := call.New(call.Start{ID: "c", Room: "r", Caller: "ann", To: []string{"bob", "cy", "dee"}, Video: true, Note: "hi", Capacity: 3}, start)
	if got, want := text(t, c.Public()), `{"id":"c","room":"r","revision":1,"state":"ringing","video":true,"note":"hi","caller":"ann",`+
		`"invited":[{"peer":"bob","state":"ringing"},{"peer":"cy","state":"ringing"},{"peer":"dee","state":"ringing"}],`+
		`"participants":["ann"],"createdAt":"2026-03-01T12:00:00.123Z"}`; got != want {
		t.Errorf("a new call is\n%s, want\n%s", got, want)
	}
	c, _ = apply(t, c, decline{"cy", call.ReasonBusy}, accept{"bob"}, gone{Peer: "dee"}, gone{"bob", true})
	if got := text(t, c.Public()); got != contractMembers {
		t.Errorf("an ended call is\n%s, want\n%s", got, contractMembers)
	}
	var back call.Record
	if err := json.Unmarshal([]byte(text(t, c)), &back); err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("the record reads back as\n%#v, %v; want\n%#v", back, err, c)
	}
	if got := text(t, call.New(openAlone, start).Public()); !strings.Contains(got, `"video":false`) || !strings.Contains(got, `"invited":[]`) {
		t.Errorf("false and empty must be said: %s", got)
	}
}

func TestBusy(t *testing.T) {
	ringing := call.New(threeMay, start)
	active, _ := apply(t, ringing, accept{"bob"})
	ended, _ := apply(t, active, hangup{Peer: "bob"})
	tests := map[string]struct {
		call call.Record
		peer string
		want bool
	}{
		"the caller while it rings":     {ringing, "ann", true},
		"an invitee while it rings":     {ringing, "bob", false},
		"the caller in an active call":  {active, "ann", true},
		"a participant":                 {active, "bob", true},
		"an invitee who did not answer": {active, "cy", false},
		"a stranger":                    {active, "dee", false},
		"the caller after the end":      {ended, "ann", false},
	}
	for name, test := range tests {
		if got := test.call.Busy(test.peer); got != test.want {
			t.Errorf("%s is busy: %v", name, got)
		}
	}
}

// step is a case of the tables: what happens to a call, and what becomes of the last of it.
type step struct {
	start   call.Start
	actions []call.Action
	want    string
	err     error
}

// do is what happens, in its order.
func do(actions ...call.Action) []call.Action { return actions }

func run(t *testing.T, tests map[string]step) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := apply(t, call.New(test.start, start), test.actions...)
			if got := brief(c); got != test.want || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("got  %s, %v\nwant %s, %v", got, err, test.want, test.err)
			}
		})
	}
}
