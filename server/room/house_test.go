package room_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"yodel/server/call"
	"yodel/server/passcode"
	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/store"
	"yodel/store/memory"
	"yodel/store/records"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// instant is how far before a deadline the tests look whether it is kept.
const instant = time.Millisecond

// config is what the contract promises without any flag.
func config() room.Config {
	return room.Config{
		Lease: 30 * time.Second, LeaseInCall: 120 * time.Second, LeaseAway: 10 * time.Second,
		RingTimeout: 45 * time.Second, Heartbeat: 10 * time.Second, EndedCalls: 120 * time.Second, TokenLife: 12 * time.Hour,
		MaxPeers: 32, MaxRooms: 10_000, Messages: 50, MessagesBurst: 256, Passcodes: 10,
	}
}

// house is a service with all that lies below it.
type house struct {
	*room.Service
	t       testing.TB
	parts   parts
	records records.Store
	events  *memory.Store
	process *process // what the service reaches the store through

	mu    sync.Mutex
	names map[string]string // guarded by mu: what peers are called, and calls, by their ids
}

func (h *house) called(id string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if name := h.names[id]; name != "" {
		return name
	}
	return id
}

func (h *house) call(id, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.names[id] = name
}

// parts are what a house may be built of other than by default.
type parts struct {
	config  room.Config
	store   func(store.Store) store.Store
	records func(records.Store) records.Store
	log     slog.Handler
}

// atTheIDs has the bubble's clock catch up, before anything ticks, with the ids of version 7: they never go back, not even
// for a new bubble.
func atTheIDs(*parts) {
	seconds, nanos := uuid.Must(uuid.NewV7()).Time().UnixTime()
	time.Sleep(time.Until(time.Unix(seconds, nanos)) + time.Second)
}

func build(t testing.TB, change ...func(*parts)) *house {
	p := parts{
		config:  config(),
		store:   func(s store.Store) store.Store { return s },
		records: func(r records.Store) records.Store { return r },
		log:     slog.DiscardHandler,
	}
	for _, c := range change {
		c(&p)
	}
	h := &house{t: t, parts: p, names: map[string]string{}}
	h.events = memory.New(memory.Options{Retention: 2 * time.Minute, MaxLogBytes: 8 << 20})
	h.records = p.records(records.InMemory())
	h.open()
	t.Cleanup(func() {
		h.Close()
		_ = h.events.Close()
	})
	return h
}

// open begins a process over what is stored.
func (h *house) open() {
	h.process = &process{Store: h.events}
	h.Service = room.New(h.parts.config, h.parts.store(h.process), h.records, passcode.New(passcode.WithCost(8, 1)), slog.New(h.parts.log))
}

// die ends the process between two steps, which leaves what is stored as it is.
func (h *house) die() {
	h.Close()
	h.process.die()
}

// restart begins another process over what one that died has left.
func (h *house) restart() {
	h.t.Helper()
	h.open()
	if err := h.Restore(context.Background()); err != nil {
		h.t.Fatalf("restore: %v", err)
	}
}

// process is a store's side of a process: what it watches ends with it.
type process struct {
	*memory.Store
	mu    sync.Mutex
	stops []func() // guarded by mu
}

func (p *process) Watch(ctx context.Context, name string, wake func()) (func(), error) {
	stop, err := p.Store.Watch(ctx, name, wake)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stops = append(p.stops, stop)
	return stop, err
}

func (p *process) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, stop := range p.stops {
		stop()
	}
}

// inBubble runs a test on a house whose clock is the bubble's.
func inBubble(t *testing.T, test func(h *house), change ...func(*parts)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(build(t, change...)) })
}

// with changes the house's configuration.
func with(change func(*room.Config)) func(*parts) {
	return func(p *parts) { change(&p.config) }
}

// member is somebody with a token.
type member struct {
	room.Member
	h      *house
	joined room.Joined
}

// join has somebody take a seat, by a request that is over when it returns.
func (h *house) join(roomID, name string) *member {
	h.t.Helper()
	m, err := h.tryJoin(room.JoinRequest{Room: roomID, Name: name})
	if err != nil {
		h.t.Fatalf("%s joins: %v", name, err)
	}
	return m
}

func (h *house) tryJoin(req room.JoinRequest) (*member, error) {
	at, joined, err := h.Join(context.Background(), req)
	if err != nil {
		return nil, err
	}
	defer at.Done(false)
	h.call(at.Peer, req.Name)
	return &member{Member: at.Member, h: h, joined: joined}, nil
}

// attend begins a request.
func (m *member) attend() *room.Attendance {
	m.h.t.Helper()
	at, err := m.h.Attend(context.Background(), m.Member)
	if err != nil {
		m.h.t.Fatalf("%s attends: %v", m.Name, err)
	}
	return at
}

// request makes a request that does nothing.
func (m *member) request() error {
	at, err := m.h.Attend(context.Background(), m.Member)
	if err == nil {
		at.Done(false)
	}
	return err
}

// goAway says that the page is being closed.
func (m *member) goAway() { m.attend().Done(true) }

func (m *member) leave() {
	m.h.t.Helper()
	at := m.attend()
	defer at.Done(false)
	if err := m.h.Leave(context.Background(), at); err != nil {
		m.h.t.Fatalf("%s leaves: %v", m.Name, err)
	}
}

// note is a message of type note; to nil is for everyone.
func note(text string, to *member) signaling.Message {
	msg := signaling.Message{Type: "note", Data: signaling.Data(fmt.Sprintf("%q", text))}
	if to != nil {
		msg.To = to.Peer
	}
	return msg
}

func (m *member) send(messages ...signaling.Message) ([]*store.Record, error) {
	at, err := m.h.Attend(context.Background(), m.Member)
	if err != nil {
		return nil, err
	}
	defer at.Done(false)
	return m.h.Send(context.Background(), at, messages)
}

// say sends a note to everyone.
func (m *member) say(text string) {
	m.h.t.Helper()
	if _, err := m.send(note(text, nil)); err != nil {
		m.h.t.Fatalf("%s says %q: %v", m.Name, text, err)
	}
}

// ring starts a call and gives it the name "call".
func (m *member) ring(req room.CallRequest) (call.Call, error) {
	at, err := m.h.Attend(context.Background(), m.Member)
	if err != nil {
		return call.Call{}, err
	}
	defer at.Done(false)
	return m.h.StartCall(context.Background(), at, req)
}

// mustRing rings the given members, or everyone.
func (m *member) mustRing(to ...*member) call.Call {
	m.h.t.Helper()
	var req room.CallRequest
	for _, callee := range to {
		req.To = append(req.To, callee.Peer)
	}
	c, err := m.ring(req)
	if err != nil {
		m.h.t.Fatalf("%s rings: %v", m.Name, err)
	}
	return c
}

func (m *member) act(id string, action call.Action) (call.Call, error) {
	at, err := m.h.Attend(context.Background(), m.Member)
	if err != nil {
		return call.Call{}, err
	}
	defer at.Done(false)
	return m.h.Act(context.Background(), at, id, action)
}

func (m *member) mustAct(id string, action call.Action) call.Call {
	m.h.t.Helper()
	c, err := m.act(id, action)
	if err != nil {
		m.h.t.Fatalf("%s: %T: %v", m.Name, action, err)
	}
	return c
}

func (m *member) accept(c call.Call) call.Call {
	m.h.t.Helper()
	return m.mustAct(c.ID, call.Accept{Peer: m.Peer})
}

func (m *member) findCall(id string) (call.Call, error) {
	at := m.attend()
	defer at.Done(false)
	return m.h.Call(context.Background(), at, id)
}

// ear is a member listening.
type ear struct {
	*room.Reader
	m     *member
	hello room.Hello
	wakes atomic.Int64
}

func (m *member) tryListen(kind room.Kind, after string) (*ear, error) {
	at, err := m.h.Attend(context.Background(), m.Member)
	if err != nil {
		return nil, err
	}
	defer at.Done(false)
	e := &ear{m: m}
	e.Reader, e.hello, err = m.h.Subscribe(context.Background(), at, kind, after, func() { e.wakes.Add(1) })
	return e, err
}

// listen opens a stream after the given position.
func (m *member) listen(after string) *ear {
	m.h.t.Helper()
	e, err := m.tryListen(room.Stream, after)
	if err != nil {
		m.h.t.Fatalf("%s listens: %v", m.Name, err)
	}
	return e
}

// event is what everybody gets to see of a record.
type event struct {
	ID, At, Type, Room, From, To, MessageID, Call string
	Data                                          json.RawMessage
}

func (h *house) decode(r *store.Record) event {
	h.t.Helper()
	var e event
	text := room.AppendJSON(nil, r)
	if err := json.Unmarshal(text, &e); err != nil {
		h.t.Fatalf("event is no JSON: %v: %s", err, text)
	}
	return e
}

// events are all that there are for this ear.
func (e *ear) events() []event {
	e.m.h.t.Helper()
	var all []event
	for {
		records, err := e.Next(context.Background(), 7)
		if err != nil {
			e.m.h.t.Fatalf("%s reads on: %v", e.m.Name, err)
		}
		if len(records) == 0 {
			return all
		}
		for _, r := range records {
			all = append(all, e.m.h.decode(r))
		}
	}
}

// heard tells all that there is for this ear in words.
func (e *ear) heard() []string {
	e.m.h.t.Helper()
	words := []string{}
	for _, ev := range e.events() {
		words = append(words, e.m.h.inWords(ev))
	}
	return words
}

// hears fails the test unless what there is for this ear is just that.
func (e *ear) hears(want ...string) {
	e.m.h.t.Helper()
	if got := e.heard(); !slices.Equal(got, want) {
		e.m.h.t.Errorf("%s hears\n\t%s\nwant\n\t%s", e.m.Name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// bye is why the ear has to go, "" while it may stay.
func (e *ear) bye() string {
	if bye := e.Goodbye(); bye != nil {
		return bye.Reason
	}
	return ""
}

// inWords: "Ana joined", "Ana left expired", "call ringing [Bob ringing]", `Ana: note "hi"`.
func (h *house) inWords(e event) string {
	h.t.Helper()
	var data struct {
		ID, Reason, Name string
		State            call.State
		Invited          []call.Invitee
	}
	if what, found := strings.CutPrefix(e.Type, "peer-"); found {
		if err := json.Unmarshal(e.Data, &data); err != nil {
			h.t.Fatal(err)
		}
		return strings.TrimSpace(h.called(data.ID) + " " + what + " " + data.Reason)
	}
	if e.Type != "call" {
		return fmt.Sprintf("%s: %s %s", h.called(e.From), e.Type, e.Data)
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		h.t.Fatal(err)
	}
	words := "call " + string(data.State)
	if data.Reason != "" {
		words += " " + data.Reason
	}
	for _, i := range data.Invited {
		words += fmt.Sprintf(", %s %s", h.called(i.Peer), i.State)
	}
	return words
}

// count is how many seats are taken in a room.
func (h *house) count(roomID string) int {
	h.t.Helper()
	info, err := h.Describe(context.Background(), roomID)
	if err != nil && !errors.Is(err, room.ErrNotFound) {
		h.t.Fatal(err)
	}
	return info.PeerCount
}

// is fails the test unless err is the one wanted, nil included.
func is(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// peerOf is whom an event is about; "" for one that is about none.
func peerOf(t *testing.T, e event) string {
	t.Helper()
	var data struct{ ID string }
	if err := json.Unmarshal(e.Data, &data); err != nil && e.Type != "note" {
		t.Fatal(err)
	}
	return data.ID
}

var oneNote = []signaling.Message{note("x", nil)}

// rewrite changes a text in what is stored of a room.
func (h *house) rewrite(roomID, from, to string) {
	h.t.Helper()
	_, err := h.events.Update(context.Background(), roomID, func(old store.Snapshot) (store.Change, error) {
		data := strings.ReplaceAll(string(old.State.Data), from, to)
		if data == string(old.State.Data) {
			return store.Change{}, fmt.Errorf("no %q in %s", from, data)
		}
		return store.Change{State: store.State{Seats: old.State.Seats, Data: []byte(data)}}, nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
