package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// callView is what a reader heard of calls.
type callView struct {
	heard  map[string][]json.RawMessage // by id: all of its revisions, of which the first is 1
	latest string                       // id of the call that was heard of last
}

// event takes a call event: of each call they come with every revision, once and in order, and none of an earlier call.
func (v *callView) event(raw json.RawMessage) error {
	var c callShape
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	if v.heard == nil {
		v.heard = map[string][]json.RawMessage{}
	}
	known := len(v.heard[c.ID])
	if c.Revision != known+1 || known > 0 && c.ID != v.latest {
		return fmt.Errorf("revision %d of call %s came after revision %d, and call %s", c.Revision, c.ID, known, v.latest)
	}
	v.latest = c.ID
	v.heard[c.ID] = append(v.heard[c.ID], raw)
	return nil
}

// snapshot takes the call of a hello, which is of now: never older than what was heard.
func (v *callView) snapshot(c *callShape) error {
	if c != nil && c.Revision < len(v.heard[c.ID]) {
		return fmt.Errorf("hello shows revision %d of call %s after revision %d", c.Revision, c.ID, len(v.heard[c.ID]))
	}
	return nil
}

// deed is what somebody did to a call, and the answer it came to.
type deed struct {
	by     *reader
	what   string // start, or a path below the call
	call   string // id
	answer answered
}

// calls has the readers ring, accept, decline and hang up, several at once, while things go wrong.
func (s *schedule) calls(ctx context.Context) error {
	for range 8 + s.random.IntN(8) {
		var acting sync.WaitGroup
		for range 1 + s.random.IntN(3) {
			by := s.readers[s.random.IntN(len(s.readers))]
			what := []string{"start", "start", "accept", "accept", "accept", "decline", "hangup", "hangup"}[s.random.IntN(8)]
			open := s.random.IntN(2) == 0
			acting.Go(func() {
				if err := s.do(ctx, by, what, open); err != nil {
					s.fail("%s: %v", what, err)
				}
			})
		}
		for range s.random.IntN(3) {
			s.trouble.next(ctx)
		}
		if s.random.IntN(3) == 0 {
			s.readers[s.random.IntN(len(s.readers))].climb(s.rung(rung(s.random.IntN(4))))
		}
		acting.Wait()
		s.trouble.some()
	}
	return ctx.Err()
}

// do has a reader do something to the call it knows of, and repeats it until it is answered.
func (s *schedule) do(ctx context.Context, by *reader, what string, open bool) error {
	by.mu.Lock()
	id := by.calls.latest
	by.mu.Unlock()
	a := ask{method: http.MethodPost, path: "/calls/" + id + "/" + what, body: object{}}
	if what == "start" {
		id = uuid.NewString()
		body := object{"id": id}
		if !open {
			body["to"] = s.othersThan(by)
		}
		a.path, a.body = "/calls", body
	} else if id == "" {
		return nil
	}
	d := &deed{by: by, what: what, call: id}
	err := by.until(ctx, func(ctx context.Context) (err error) {
		s.w.progress()
		d.answer, err = by.ask(ctx, a)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deeds = append(s.deeds, d)
	return err
}

// othersThan are the ids of all readers but one.
func (s *schedule) othersThan(one *reader) []string {
	var ids []string
	for _, r := range s.readers {
		if r != one {
			ids = append(ids, r.id())
		}
	}
	return ids
}

// judgeCalls compares what everybody heard of every call with each other, with the answers that were given, and with what
// the server says of it.
func (s *schedule) judgeCalls(ctx context.Context) error {
	witness := s.readers[0]
	for _, d := range s.deeds {
		s.judgeDeed(d)
	}
	witness.mu.Lock()
	ids := make([]string, 0, len(witness.calls.heard))
	for id := range witness.calls.heard {
		ids = append(ids, id)
	}
	witness.mu.Unlock()
	for _, id := range ids {
		if err := s.judgeCall(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// judgeDeed: an answer is one that the deed may have, and shows the call as everybody heard of it.
func (s *schedule) judgeDeed(d *deed) {
	may := map[string][]string{
		"start": {"call-exists"}, "accept": {"call-over", "call-full", "not-invited"},
		"decline": {"call-over", "not-invited"}, "hangup": {"not-in-call"},
	}
	witness := s.readers[0]
	witness.mu.Lock()
	defer witness.mu.Unlock()
	if d.answer.code != "" {
		if !slices.Contains(may[d.what], d.answer.code) {
			s.fail("%s by %s was answered %d %s", d.what, d.by.name, d.answer.status, d.answer.body)
		}
		return
	}
	var c callShape
	if err := json.Unmarshal(d.answer.body, &c); err != nil || c.ID != d.call {
		s.fail("%s of call %s was answered %s: %v", d.what, d.call, d.answer.body, err)
		return
	}
	heard := witness.calls.heard[c.ID]
	if c.Revision < 1 || c.Revision > len(heard) {
		s.fail("%s was answered with revision %d of call %s, and %d were heard", d.what, c.Revision, c.ID, len(heard))
		return
	}
	if !alike(d.answer.body, heard[c.Revision-1]) {
		s.fail("%s was answered %s, and heard was %s", d.what, d.answer.body, heard[c.Revision-1])
	}
	if d.what == "accept" && !joinedIn(heard[:c.Revision], d.by.id()) {
		s.fail("%s accepted call %s and was never in it", d.by.name, c.ID)
	}
}

// judgeCall: everybody heard the same of it; the server says so too; nobody won who should not have.
func (s *schedule) judgeCall(ctx context.Context, id string) error {
	for {
		now, err := s.getCall(ctx, id)
		if err != nil {
			return err
		}
		for _, r := range s.readers {
			if err := r.await(ctx, func() bool { return len(r.calls.heard[id]) >= now.Revision }); err != nil {
				return fmt.Errorf("%s never heard of revision %d of call %s: %w", r.name, now.Revision, id, err)
			}
		}
		after, err := s.getCall(ctx, id)
		if err != nil {
			return err
		}
		if after.Revision == now.Revision {
			s.compareCall(id, after)
			return nil
		}
	}
}

// gotCall is a call as the server shows it.
type gotCall struct {
	callShape
	raw json.RawMessage
}

func (s *schedule) getCall(ctx context.Context, id string) (gotCall, error) {
	var c gotCall
	err := s.writer.until(ctx, func(ctx context.Context) error {
		r, err := s.writer.ask(ctx, ask{method: http.MethodGet, path: "/calls/" + id})
		if err != nil {
			return err
		}
		if r.status != http.StatusOK {
			return fmt.Errorf("call %s is answered %d %s", id, r.status, r.body)
		}
		c.raw = r.body
		return json.Unmarshal(r.body, &c.callShape)
	})
	return c, err
}

func (s *schedule) compareCall(id string, got gotCall) {
	first := s.readers[0].copyOfHeard(id)
	if len(first) != got.Revision || !alike(first[len(first)-1], got.raw) {
		s.fail("the last of %d revisions heard of call %s is %s, and the call is %s", len(first), id, first[len(first)-1], got.raw)
	}
	for _, r := range s.readers[1:] {
		heard := r.copyOfHeard(id)
		if !slices.EqualFunc(first, heard, func(a, b json.RawMessage) bool { return alike(a, b) }) {
			s.fail("%s and %s heard differently of call %s: %s and %s", s.readers[0].name, r.name, id, first, heard)
		}
	}
	winners := 0
	for _, r := range s.readers {
		if r.id() != got.Caller && joinedIn(first, r.id()) {
			winners++
		}
	}
	if wasActive(first) != (winners > 0) || winners >= s.capacity && s.capacity == 2 {
		s.fail("%d accepted call %s: %s", winners, id, first)
	}
}

func (r *reader) copyOfHeard(id string) []json.RawMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls.heard[id])
}

// joinedIn tells whether a peer was a participant in any of a call's revisions.
func joinedIn(revisions []json.RawMessage, peer string) bool {
	return anyOf(revisions, func(c callShape) bool { return slices.Contains(c.Participants, peer) })
}

func wasActive(revisions []json.RawMessage) bool {
	return anyOf(revisions, func(c callShape) bool { return c.State == "active" })
}

func anyOf(revisions []json.RawMessage, so func(callShape) bool) bool {
	return slices.ContainsFunc(revisions, func(raw json.RawMessage) bool {
		var c callShape
		return json.Unmarshal(raw, &c) == nil && so(c)
	})
}

// alike compares JSON by its values.
func alike(a, b json.RawMessage) bool {
	var x, y any
	return errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)) == nil && reflect.DeepEqual(x, y)
}
