package fault_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yodel/scripts/faultproxy/fault"
)

// patience is how long a test waits for what must come before it gives up.
const patience = 10 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a small server with a proxy before it.
type house struct {
	*fault.Proxy
	t      *testing.T
	url    string
	client *http.Client
	say    chan string // what the streams of /events are told, one event each; "" ends a stream

	mu    sync.Mutex
	heard []string // guarded by mu: bodies, in the order in which they came to the server
}

func newHouse(t *testing.T, rules fault.Rules) *house {
	t.Helper()
	h := &house{t: t, say: make(chan string)}
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", h.echo)
	mux.HandleFunc("/events", h.events)
	server := httptest.NewServer(mux)
	p, err := fault.Start(fault.Options{Upstream: server.Listener.Addr().String(), Control: "127.0.0.1:0", Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	h.Proxy, h.url = p, "http://"+p.Addr()
	transport := &http.Transport{}
	h.client = &http.Client{Transport: transport, Timeout: patience}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		server.CloseClientConnections()
		server.Close()
	})
	if err := p.SetRules(rules); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) echo(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.mu.Lock()
	h.heard = append(h.heard, string(text))
	h.mu.Unlock()
	_, _ = w.Write(text)
}

func (h *house) events(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Accept") != "text/event-stream" {
		_, _ = io.WriteString(w, "[]")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, ": a comment is no event\n\n")
	_ = http.NewResponseController(w).Flush()
	for {
		select {
		case text := <-h.say:
			if text == "" {
				return
			}
			_, _ = fmt.Fprintf(w, "data: %s\n\n", text)
			_ = http.NewResponseController(w).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// post sends text to /echo and returns what came back.
func (h *house) post(text string) (string, error) {
	response, err := h.client.Post(h.url+"/echo", "text/plain", strings.NewReader(text))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	return string(got), err
}

// heardSoFar is what came to the server.
func (h *house) heardSoFar() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.heard, " ")
}

// await waits until the stats are so.
func (h *house) await(wanted func(fault.Stats) bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	if err := h.Await(ctx, wanted); err != nil {
		h.t.Fatalf("%v: the stats are %+v", err, h.Stats())
	}
}

// wire is a client's own connection.
type wire struct {
	t *testing.T
	net.Conn
	*bufio.Reader
}

func (h *house) dial() *wire {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.Addr())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		h.t.Fatal(err)
	}
	return &wire{h.t, conn, bufio.NewReader(conn)}
}

func (w *wire) Read(p []byte) (int, error) { return w.Reader.Read(p) }

// send writes a request with a body of that length.
func (w *wire) send(method, path, body string) {
	w.t.Helper()
	accept := "*/*"
	if path == "/events" {
		accept = "text/event-stream"
	}
	_, err := fmt.Fprintf(w.Conn, "%s %s HTTP/1.1\r\nHost: h\r\nAccept: %s\r\nContent-Length: %d\r\n\r\n%s", method, path, accept, len(body), body)
	if err != nil {
		w.t.Fatal(err)
	}
}

// answer reads an answer's head.
func (w *wire) answer() *http.Response {
	w.t.Helper()
	response, err := http.ReadResponse(w.Reader, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return response
}

// text reads a whole answer.
func (w *wire) text() string {
	w.t.Helper()
	text, err := io.ReadAll(w.answer().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// stream is a stream whose comment has come.
func (h *house) stream(method string) (*wire, *bufio.Reader) {
	h.t.Helper()
	w := h.dial()
	w.send(method, "/events", "")
	lines := bufio.NewReader(w.answer().Body)
	if got := readEvent(h.t, lines); got != ": a comment is no event" {
		h.t.Fatalf("got %q", got)
	}
	return w, lines
}

// readEvent reads a block up to its empty line.
func readEvent(t *testing.T, lines *bufio.Reader) string {
	t.Helper()
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if empty, err := lines.ReadString('\n'); empty != "\n" {
		t.Fatalf("%q, %v behind %q", empty, err, line)
	}
	return strings.TrimSpace(line)
}
