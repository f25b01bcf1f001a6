package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// event is one thing heard.
type event struct {
	ID, Type, From, To, MessageID, Call string
	At                                  time.Time
	Data                                json.RawMessage
}

type helloShape struct {
	Peer        peerShape
	Peers       []peerShape
	Call        *callShape
	LastEventID string
	Resumed     bool
	Reason      string
}

// data is what an event carries, as T.
func data[T any](t *testing.T, e event) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		t.Fatalf("data of %s: %v: %s", e.Type, err, e.Data)
	}
	return v
}

// ear is a member listening, by a stream or by long-polls.
type ear interface {
	// next is the next event that is no heartbeat; io.EOF once a stream has ended.
	next() (event, error)
	// position is where to go on from.
	position() string
	// close stops listening.
	close()
}

// hear is the next event, which must be of that type.
func hear(t *testing.T, e ear, kind string) event {
	t.Helper()
	heard, err := e.next()
	if err != nil {
		t.Fatalf("waiting for %s: %v", kind, err)
	}
	if heard.Type != kind {
		t.Fatalf("heard %s, want %s: %s", heard.Type, kind, heard.Data)
	}
	return heard
}

// hearCall hears that the call changed, and how.
func hearCall(t *testing.T, e ear) callShape {
	t.Helper()
	return data[callShape](t, hear(t, e, "call"))
}

// listenAfter is how to open an ear: where to go on from, and what else to say.
type listenAfter struct {
	after  string            // in the query
	header string            // in Last-Event-ID
	method string            // GET unless said otherwise
	query  map[string]string // further parameters
	token  string            // as access_token in the query, instead of the header
}

func (m *member) listenRequest(ctx context.Context, how listenAfter, accept string) *http.Request {
	m.t.Helper()
	query := url.Values{}
	if how.after != "" {
		query.Set("lastEventId", how.after)
	}
	for name, value := range how.query {
		query.Set(name, value)
	}
	token := m.Token
	if how.token != "" {
		query.Set("access_token", how.token)
		token = ""
	}
	a := ask{method: how.method, path: m.in("/events?%s", query.Encode()), token: token, header: map[string]string{"Accept": accept}}
	if a.method == "" {
		a.method = http.MethodGet
	}
	if how.header != "" {
		a.header["Last-Event-ID"] = how.header
	}
	return m.request(ctx, a)
}

// stream is Server-Sent Events. Its goroutine ends with the stream.
type stream struct {
	cancel context.CancelFunc
	events chan event // closed when the stream ends
	ended  sync.WaitGroup
	failed error // why it ended, unless by EOF or close; set before events is closed
	last   string
}

// stream opens a stream and leaves it open until the test ends.
func (m *member) stream(how listenAfter) *stream {
	m.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	response, err := m.client.Do(m.listenRequest(ctx, how, "text/event-stream"))
	if err != nil {
		cancel()
		m.t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream" {
		cancel()
		text, _ := io.ReadAll(response.Body)
		m.t.Fatalf("status %d, Content-Type %q: %s", response.StatusCode, kind, text)
	}
	s := &stream{cancel: cancel, events: make(chan event, 4096), last: how.after}
	s.ended.Go(func() { s.read(ctx, response.Body) })
	m.t.Cleanup(s.close)
	return s
}

func (s *stream) read(ctx context.Context, body io.ReadCloser) {
	defer close(s.events)
	defer body.Close()
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadString('\n')
		if text, ok := strings.CutPrefix(line, "data:"); ok && err == nil {
			var e event
			if err = json.Unmarshal([]byte(text), &e); err == nil {
				s.events <- e
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && ctx.Err() == nil {
				s.failed = err
			}
			return
		}
	}
}

func (s *stream) next() (event, error) {
	limit := time.After(patience)
	for {
		select {
		case e, open := <-s.events:
			if !open {
				return e, errors.Join(s.failed, io.EOF)
			}
			if e.ID != "" {
				s.last = e.ID
			}
			if e.Type != "heartbeat" {
				return e, nil
			}
		case <-limit:
			return event{}, errors.New("nothing more is heard")
		}
	}
}

func (s *stream) position() string { return s.last }

func (s *stream) close() {
	s.cancel()
	s.ended.Wait()
}

// poller is long-polls, one after the other as events are asked for.
type poller struct {
	*member
	how  listenAfter
	list []event
}

type pollReply struct {
	Events      []event
	LastEventID string
}

// poll begins to hear by long-polls.
func (m *member) poll(how listenAfter) *poller { return &poller{member: m, how: how} }

// once asks once and waits at most so many seconds for an event.
func (p *poller) once(waitSeconds string) (pollReply, error) {
	how := p.how
	how.query = map[string]string{"waitSeconds": waitSeconds}
	response, err := p.client.Do(p.listenRequest(context.Background(), how, "*/*"))
	if err != nil {
		return pollReply{}, err
	}
	defer response.Body.Close()
	var list pollReply
	return list, json.NewDecoder(response.Body).Decode(&list)
}

func (p *poller) next() (event, error) {
	if len(p.list) == 0 {
		list, err := p.once("20")
		if err != nil {
			return event{}, err
		}
		if len(list.Events) == 0 {
			return event{}, errors.New("nothing more is heard")
		}
		p.list, p.how = list.Events, listenAfter{after: list.LastEventID, method: p.how.method, token: p.how.token}
	}
	e := p.list[0]
	p.list = p.list[1:]
	return e, nil
}

// position is behind everything that was asked for; call it only when all of that was heard.
func (p *poller) position() string { return p.how.after }

func (p *poller) close() {}
