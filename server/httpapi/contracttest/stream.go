package contracttest

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// reader is what one reader may hear: it checks event after event, as a stream or as a long-poll's list brings them.
type reader struct {
	*exchange
	schema string // of an event
	self   string // the peer that reads, known from hello
	seen   map[string]bool
	last   string // type of the latest event
}

func newReader(x *exchange) *reader {
	r := &reader{exchange: x, schema: "StreamEvent", seen: map[string]bool{}}
	if strings.HasPrefix(x.route.Operation.OperationID, "probe") {
		r.schema = "ProbeEvent"
	}
	return r
}

// check holds one event to its schema and to its place among the others.
func (r *reader) check(event any) {
	if err := r.document.schemas.check([]string{"components", "schemas", r.schema}, event); err != nil {
		r.fail("an event: %v\n%v", err, event)
		return
	}
	var e struct {
		ID, Type, Room, From, To string
		Data                     struct{ Peer struct{ ID string } }
	}
	_ = remarshal(event, &e) // data of other shapes is no concern of this
	if r.last == "goodbye" {
		r.fail("%s after goodbye", e.Type)
	}
	if e.Room != r.params["room"] {
		r.fail("an event of room %q", e.Room)
	}
	if e.ID != "" && r.seen[e.ID] {
		r.fail("event %s twice", e.ID)
	}
	if e.Type == "hello" && r.self != "" && r.last != "reset" {
		r.fail("a second hello")
	}
	if e.Type == "hello" {
		r.self = e.Data.Peer.ID
	}
	if r.self != "" && (e.From == r.self || e.To != "" && e.To != r.self) {
		r.fail("peer %s should not hear %v", r.self, event)
	}
	r.seen[e.ID], r.last = true, e.Type
}

// checkList checks the events of a long-poll's answer, whose shape is known to be right.
func (r *reader) checkList(list any) {
	answer, _ := list.(map[string]any)
	events, _ := answer["events"].([]any)
	for i, event := range events {
		if r.check(event); r.last == "hello" && i > 0 {
			r.fail("hello stands in place %d of the list", i)
		}
	}
}

// streamCheck is the body of a stream; it checks each frame when its last byte has been read.
type streamCheck struct {
	*reader
	body    io.ReadCloser
	pending []byte
	prelude int // bytes of comments so far
}

func newStreamCheck(x *exchange, body io.ReadCloser) *streamCheck {
	s := &streamCheck{reader: newReader(x), body: body}
	if got := x.response.Header.Get("Cache-Control"); got != "no-cache, no-transform" {
		x.fail("Cache-Control of a stream is %q", got)
	}
	if got := x.response.Header.Get("X-Accel-Buffering"); got != "no" {
		x.fail("X-Accel-Buffering of a stream is %q", got)
	}
	if got := x.response.Header.Get("Content-Encoding"); got != "" {
		x.fail("a stream must not be encoded: %q", got)
	}
	return s
}

func (s *streamCheck) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	s.pending = append(s.pending, p[:n]...)
	for {
		frame, rest, found := bytes.Cut(s.pending, []byte("\n\n"))
		if !found {
			break
		}
		s.frame(string(frame))
		s.pending = rest
	}
	if errors.Is(err, io.EOF) && len(bytes.TrimSpace(s.pending)) > 0 {
		s.fail("the stream ends within a frame: %q", s.pending)
	}
	return n, err
}

func (s *streamCheck) Close() error { return s.body.Close() }

// frame checks what stands between two empty lines (WHATWG HTML §9.2.6).
func (s *streamCheck) frame(frame string) {
	fields := map[string]string{}
	for line := range strings.SplitSeq(frame, "\n") {
		name, value, _ := strings.Cut(line, ":")
		if name == "" { // a comment, or an empty line
			s.prelude += len(line) + 1
			continue
		}
		if _, twice := fields[name]; twice {
			s.fail("%q twice in one frame", name)
		}
		if name != "event" && name != "id" && name != "data" && name != "retry" {
			s.fail("a frame with %q", line)
		}
		fields[name] = strings.TrimPrefix(value, " ")
	}
	data, ok := fields["data"]
	if !ok {
		return // comments alone, or retry
	}
	value, err := decodeJSON([]byte(data))
	if err != nil {
		s.fail("data is not JSON: %v: %s", err, data)
		return
	}
	if s.last == "" {
		s.first(fields["event"])
	}
	event, _ := value.(map[string]any)
	if event["type"] != fields["event"] {
		s.fail("event %q carries type %v", fields["event"], event["type"])
	}
	if id, _ := event["id"].(string); id != fields["id"] {
		s.fail("frame id %q, event id %q", fields["id"], id)
	}
	s.check(value)
}

// first checks what a stream begins with.
func (s *streamCheck) first(event string) {
	if event != "hello" {
		s.fail("the first event is %q, not hello", event)
	}
	if s.prelude < 1024 {
		s.fail("a prelude of %d bytes, less than 1 KiB", s.prelude)
	}
}
