package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"yodel/server/passcode"
	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/server/token"
	"yodel/store"
	"yodel/store/memory"
	"yodel/store/records"
)

const (
	heartbeatEvery = 10 * time.Second
	slotLength     = heartbeatEvery / slots
	streamMaxAge   = 10 * time.Minute
)

// hooked is a store that may call back each time a reader finds nothing new.
type hooked struct {
	store.Store
	upToDate atomic.Pointer[func() error]
}

func (s *hooked) Read(ctx context.Context, name string, after store.Position, limit int) ([]*store.Record, error) {
	records, err := s.Store.Read(ctx, name, after, limit)
	if hook := s.upToDate.Load(); hook != nil && err == nil && len(records) == 0 {
		err = (*hook)()
	}
	return records, err
}

// house is an API that serves, with all that lies below it.
type house struct {
	t      *testing.T
	api    *API
	rooms  *room.Service
	keys   *token.Keys
	events *hooked
	server *http.Server
	dial   func() (net.Conn, error)
}

// build serves on a listener until the test is over.
func build(t *testing.T, listener net.Listener, dial func() (net.Conn, error)) *house {
	log := slog.New(slog.DiscardHandler)
	kept := records.InMemory()
	memoryStore := memory.New(memory.Options{Retention: 2 * time.Minute, MaxLogBytes: 64 << 20})
	h := &house{t: t, keys: token.New(kept.Secret(), 12*time.Hour), events: &hooked{Store: memoryStore}, dial: dial}
	h.rooms = room.New(room.Config{
		Lease: 30 * time.Second, LeaseInCall: 120 * time.Second, LeaseAway: 10 * time.Second, RingTimeout: 45 * time.Second,
		Heartbeat: heartbeatEvery, EndedCalls: 120 * time.Second, TokenLife: 12 * time.Hour,
	}, h.events, kept, passcode.New(passcode.WithCost(8, 1)), log)
	var err error
	h.api, err = New(Config{Heartbeat: heartbeatEvery, StreamMaxAge: streamMaxAge, Lease: 30 * time.Second}, h.rooms, h.keys, fstest.MapFS{}, log)
	if err != nil {
		t.Fatal(err)
	}
	h.server = &http.Server{Handler: h.api.Handler(), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- h.server.Serve(listener) }()
	t.Cleanup(func() {
		_ = h.server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
		h.api.Close()
		h.rooms.Close()
		_ = memoryStore.Close()
		if n := h.api.streams.count.Load(); n != 0 {
			t.Errorf("%d streams are still counted", n)
		}
	})
	return h
}

// inBubble runs a test on a house whose clock and network are the bubble's.
func inBubble(t *testing.T, test func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := newPipenet()
		test(build(t, network, network.Dial))
	})
}

// guest is somebody with a seat.
type guest struct {
	h             *house
	who           room.Member
	start         string // the position of the join
	token, stream string
}

func (h *house) join(roomID, name string) *guest {
	h.t.Helper()
	at, joined, err := h.rooms.Join(context.Background(), room.JoinRequest{Room: roomID, Name: name})
	if err != nil {
		h.t.Fatal(err)
	}
	defer at.Done(false)
	m := &guest{h: h, who: at.Member, start: joined.LastEventID}
	if m.token, m.stream, _, err = h.keys.Issue(token.Identity{Room: roomID, Peer: at.Peer, Name: name}, time.Now()); err != nil {
		h.t.Fatal(err)
	}
	return m
}

// say sends a note, whose data is a number, to everyone else.
func (m *guest) say(n int) error { return m.sayJSON(fmt.Append(nil, n)) }

func (m *guest) sayJSON(data []byte) error {
	at, err := m.h.rooms.Attend(context.Background(), m.who)
	if err != nil {
		return err
	}
	defer at.Done(false)
	_, err = m.h.rooms.Send(context.Background(), at, []signaling.Message{{Type: "note", Data: data}})
	return err
}

func (m *guest) mustSay(n int) {
	m.h.t.Helper()
	if err := m.say(n); err != nil {
		m.h.t.Fatal(err)
	}
}

func (m *guest) leave() {
	m.h.t.Helper()
	at, err := m.h.rooms.Attend(context.Background(), m.who)
	if err != nil {
		m.h.t.Fatal(err)
	}
	defer at.Done(false)
	if err := m.h.rooms.Leave(context.Background(), at); err != nil {
		m.h.t.Fatal(err)
	}
}

// ask is how to open a stream: all zero is a GET of HTTP/1.1 from now on.
type ask struct {
	method, version, after, query, header, body string
}

// text is the request.
func (m *guest) text(a ask, accept string) string {
	if a.method == "" {
		a.method = "GET"
	}
	if a.version == "" {
		a.version = "HTTP/1.1"
	}
	if a.after != "" {
		a.header += "Last-Event-ID: " + a.after + "\r\n"
	}
	if a.body != "" {
		a.header += fmt.Sprintf("Content-Length: %d\r\n", len(a.body))
	}
	return a.method + " /api/v1/rooms/" + m.who.Room + "/events" + a.query + " " + a.version + "\r\nHost: yodel.example\r\nAccept: " + accept +
		"\r\nAuthorization: Bearer " + m.token + "\r\n" + a.header + "\r\n" + a.body
}

// knock sends the request for a stream, and reads nothing.
func (m *guest) knock(a ask) net.Conn {
	m.h.t.Helper()
	conn, err := m.h.dial()
	if err != nil {
		m.h.t.Fatal(err)
	}
	m.h.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, m.text(a, "text/event-stream")); err != nil {
		m.h.t.Fatal(err)
	}
	return conn
}

// heard is one event of a stream.
type heard struct {
	sseEvent
	when time.Time
}

// ear is an open stream, read as fast as it comes.
type ear struct {
	t      *testing.T
	conn   net.Conn
	head   *http.Response
	events chan heard // closed when the stream has ended
	err    error      // how, once events is closed: nil is in order
}

// listen opens a stream and reads on.
func (m *guest) listen(a ask) *ear {
	m.h.t.Helper()
	return newEar(m.h.t, m.knock(a))
}

func newEar(t *testing.T, conn net.Conn) *ear {
	t.Helper()
	e := &ear{t: t, conn: conn, events: make(chan heard, 1<<16)}
	var err error
	e.head, err = http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the head: %v", err)
	}
	if e.head.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(e.head.Body)
		t.Fatalf("%s: %s", e.head.Status, body)
	}
	go func() {
		defer close(e.events)
		e.err = parseSSE(e.head.Body, func(event sseEvent) { e.events <- heard{event, time.Now()} })
	}()
	return e
}

// next is the next event; it fails the test when there is none any more.
func (e *ear) next() heard {
	e.t.Helper()
	event, open := <-e.events
	if !open {
		e.t.Fatalf("the stream has ended: %v", e.err)
	}
	return event
}

// hear is the next event that is no heartbeat; it must be of that type.
func (e *ear) hear(kind string) heard {
	e.t.Helper()
	for {
		event := e.next()
		if event.kind == kind {
			return event
		}
		if event.kind != "heartbeat" {
			e.t.Fatalf("heard %s, want %s: %s", event.kind, kind, event.data)
		}
	}
}

// ends fails the test unless the stream ends, in order, without another event.
func (e *ear) ends() {
	e.t.Helper()
	if event, open := <-e.events; open {
		e.t.Fatalf("heard %s after the end", event.kind)
	}
	if e.err != nil {
		e.t.Errorf("the stream was cut: %v", e.err)
	}
}

// dataOf is the data in an event's data.
func dataOf[T any](t *testing.T, data string) T {
	t.Helper()
	var e struct{ Data T }
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return e.Data
}

type helloData struct {
	LastEventID, Reason string
	Resumed             bool
	HeartbeatSeconds    float64
	Peers               []struct{ ID string }
}

type byeData struct {
	Reason       string
	RetryAfterMs int
}

// sseEvent is what a reader makes of an event.
type sseEvent struct{ kind, id, data, retry string }

// parseSSE reads a stream as WHATWG HTML §9.2.6 says, to its end. It knows nothing of how ours are written.
func parseSSE(r io.Reader, dispatch func(sseEvent)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	lines.Split(splitLines)
	var e sseEvent
	var data []string
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			if data != nil {
				e.data = strings.Join(data, "\n")
				dispatch(e)
			}
			e, data = sseEvent{}, nil
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			e.kind = value
		case "data":
			data = append(data, value)
		case "id":
			e.id = value
		case "retry":
			e.retry = value
		}
	}
	return lines.Err()
}

// splitLines ends a line at CR LF, CR or LF.
func splitLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	for i, c := range data {
		switch {
		case c == '\n':
			return i + 1, data[:i], nil
		case c == '\r' && i+1 < len(data) && data[i+1] == '\n':
			return i + 2, data[:i], nil
		case c == '\r' && (i+1 < len(data) || atEOF):
			return i + 1, data[:i], nil
		}
	}
	return 0, nil, nil // an unfinished line is no line
}
