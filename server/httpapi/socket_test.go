package httpapi

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"yodel/server/listen"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// certificate is one of our own.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// onSockets runs a test on a house behind real sockets, over plain HTTP and over TLS: the way of writing without ever
// blocking, which pipes do not have.
func onSockets(t *testing.T, test func(t *testing.T, h *house)) {
	for name, config := range map[string]*tls.Config{
		"plain": nil, "tls": {Certificates: []tls.Certificate{certificate()}},
	} {
		t.Run(name, func(t *testing.T) {
			tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			test(t, build(t, listen.New(tcp, listen.Options{TLS: config}), func() (net.Conn, error) {
				conn, err := net.Dial("tcp", tcp.Addr().String())
				if err != nil || config == nil {
					return conn, err
				}
				return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}), nil // it has no name
			}))
		})
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("it never is so that %s", what)
		}
	}
}

// order checks that what writers said arrives whole: each writer's numbers from 0 on, ids rising.
type order struct {
	t    *testing.T
	next map[string]int // by writer
	seq  uint64
	all  int
}

func newOrder(t *testing.T) *order { return &order{t: t, next: map[string]int{}} }

// take takes an event; it counts notes alone.
func (o *order) take(e sseEvent) {
	o.t.Helper()
	var data struct {
		ID, Type, From string
		Data           json.RawMessage
	}
	if err := json.Unmarshal([]byte(e.data), &data); err != nil {
		o.t.Fatalf("%v: %q", err, e.data)
	}
	if e.kind != data.Type || e.id != data.ID {
		o.t.Fatalf("%s %s carries %s %s", e.kind, e.id, data.Type, data.ID)
	}
	if e.id == "" {
		return
	}
	_, digits, _ := strings.Cut(e.id, "-")
	seq, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || seq <= o.seq {
		o.t.Fatalf("%s follows %d", e.id, o.seq)
	}
	o.seq = seq
	if e.kind != "note" {
		return
	}
	number, _, _ := strings.Cut(strings.Trim(string(data.Data), `"`), " ")
	if got, err := strconv.Atoi(number); err != nil || got != o.next[data.From] {
		o.t.Fatalf("writer %s says %.20s, want %d", data.From, data.Data, o.next[data.From])
	}
	o.next[data.From]++
	o.all++
}

// pour has several guests say the numbers up to n at once, some of them with much behind.
func (h *house) pour(t *testing.T, writers, n int) *sync.WaitGroup {
	var pouring sync.WaitGroup
	for w := range writers {
		g := h.join("r", fmt.Sprint("writer", w))
		pouring.Go(func() {
			for i := range n {
				size := 10
				if i%16 == w {
					size = 20_000
				}
				if err := g.sayJSON(fmt.Appendf(nil, `"%d %s"`, i, strings.Repeat("x", size))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	return &pouring
}

func TestManyWritersAndOneReader(t *testing.T) {
	const writers, each = 6, 150
	onSockets(t, func(t *testing.T, h *house) {
		e := h.join("r", "Ana").listen(ask{})
		e.hear("hello")
		pouring, o := h.pour(t, writers, each), newOrder(t)
		for o.all < writers*each {
			o.take(e.next().sseEvent)
		}
		pouring.Wait()
	})
}

// TestOpeningWhileEventsPour opens streams from the last id on, reads a little, and breaks off, again and again: between
// what is replayed and what is live there is no gap and no repeat.
func TestOpeningWhileEventsPour(t *testing.T) {
	const writers, each = 4, 250
	onSockets(t, func(t *testing.T, h *house) {
		ana := h.join("r", "Ana")
		last, o := ana.start, newOrder(t)
		pouring := h.pour(t, writers, each)
		defer pouring.Wait()
		for round := 0; o.all < writers*each; round++ {
			e := ana.listen(ask{after: last})
			if hello := dataOf[helloData](t, e.hear("hello").data); !hello.Resumed {
				t.Fatalf("round %d: %+v", round, hello)
			}
			for range 1 + round*7%40 {
				if o.all == writers*each {
					break
				}
				event := e.next()
				o.take(event.sseEvent)
				last = event.id
			}
			_ = e.conn.Close()
		}
	})
}

// TestWhoDoesNotReadIsCutOffAndResumes: nobody who speaks waits meanwhile, and nothing is lost.
func TestWhoDoesNotReadIsCutOffAndResumes(t *testing.T) {
	onSockets(t, func(t *testing.T, h *house) {
		h.api.streams.unacked = 100 * time.Millisecond
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		conn := ana.knock(ask{after: ana.start})
		first := make([]byte, 15)
		if _, err := io.ReadFull(conn, first); err != nil || string(first) != "HTTP/1.1 200 OK" {
			t.Fatalf("%q, %v", first, err)
		}
		said := 0
		eventually(t, "the reader is cut off", func() bool {
			if said < 400 {
				if err := bob.sayJSON(fmt.Appendf(nil, `"%d %s"`, said, strings.Repeat("x", 60_000))); err != nil {
					t.Fatal(err)
				}
				said++
			}
			return h.api.streams.count.Load() == 0
		})
		h.api.streams.unacked = unackedTimeout // whoever reads may be slow on a busy machine
		e, o := ana.listen(ask{after: ana.start}), newOrder(t)
		e.hear("hello")
		for o.all < said {
			o.take(e.next().sseEvent)
		}
	})
}

func TestAHangupOnASocketIsNoticed(t *testing.T) {
	onSockets(t, func(t *testing.T, h *house) {
		ana := h.join("r", "Ana")
		e := ana.listen(ask{})
		e.hear("hello")
		if n := h.api.streams.count.Load(); n != 1 {
			t.Errorf("%d streams", n)
		}
		_ = e.conn.Close()
		began := time.Now()
		eventually(t, "the stream is closed", func() bool { return h.api.streams.count.Load() == 0 })
		if took := time.Since(began); took > heartbeatEvery/2 {
			t.Errorf("noticed after %v", took)
		}
	})
}

// TestTheLastWordArrivesThoughInputIsLeft has a client say something on the connection of its stream.
func TestTheLastWordArrivesThoughInputIsLeft(t *testing.T) {
	onSockets(t, func(t *testing.T, h *house) {
		ana := h.join("r", "Ana")
		text := ana.text(ask{method: "POST", body: strings.Repeat("x", 10_000)}, "text/event-stream")
		conn, err := h.dial()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		head, body, _ := strings.Cut(text, "\r\n\r\n")
		for _, part := range []string{head + "\r\n\r\n", body} {
			if _, err := io.WriteString(conn, part); err != nil {
				t.Fatal(err)
			}
		}
		e := newEar(t, conn)
		e.hear("hello")
		h.api.Drain()
		e.hear("goodbye")
		e.ends()
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, syscall.ECONNRESET) {
			t.Error("the connection is reset, which may cost a client its last word")
		}
	})
}

// recorded keeps what comes below TLS. Whoever reads it knows that nobody reads from the connection any more.
type recorded struct {
	net.Conn
	came []byte
}

func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.came = append(r.came, p[:n]...)
	return n, err
}

// TestAStreamOverTLSEndsInOrder: behind the goodbye comes close_notify (RFC 8446 §6.1), which a cut stream lacks. In TLS 1.3
// it is a record of application data like any other, told by its length: two bytes, their true type and the tag.
func TestAStreamOverTLSEndsInOrder(t *testing.T) {
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var last *recorded
	h := build(t, listen.New(tcp, listen.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate()}}}), func() (net.Conn, error) {
		conn, err := net.Dial("tcp", tcp.Addr().String())
		last = &recorded{Conn: conn}
		return tls.Client(last, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}), err // it has no name
	})
	e := h.join("r", "Ana").listen(ask{})
	e.hear("hello")
	stream := last
	h.api.Drain()
	e.hear("goodbye")
	e.ends()
	alert := []byte{23, 3, 3, 0, 2 + 1 + 16}
	if at := len(stream.came) - len(alert) - 19; at < 0 || !bytes.Equal(stream.came[at:at+len(alert)], alert) {
		t.Errorf("the last record is none of close_notify's length")
	}
}

func TestDrainingOnSockets(t *testing.T) {
	onSockets(t, func(t *testing.T, h *house) {
		var ears []*ear
		for range 20 {
			e := h.join("r", "Ana").listen(ask{})
			ears = append(ears, e)
		}
		pouring := h.pour(t, 2, 50)
		h.api.Drain()
		for _, e := range ears {
			last := ""
			for event := range e.events {
				last = event.kind
			}
			if last != "goodbye" || e.err != nil {
				t.Errorf("the last word is %s, %v", last, e.err)
			}
		}
		pouring.Wait()
	})
}

// TestClosingWhileEventsPour closes everything under streams that are written to, some of which are not read.
func TestClosingWhileEventsPour(t *testing.T) {
	onSockets(t, func(t *testing.T, h *house) {
		for i := range 12 {
			g := h.join("r", "Ana")
			if i%2 == 0 {
				g.knock(ask{})
			} else {
				g.listen(ask{}).hear("hello")
			}
		}
		pouring := h.pour(t, 4, 100)
		h.api.Close()
		h.api.Close()
		pouring.Wait()
		eventually(t, "all streams are closed", func() bool { return h.api.streams.count.Load() == 0 })
		response := make([]byte, 1<<10)
		conn := h.join("r", "Bob").knock(ask{})
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if n, err := conn.Read(response); n > 0 && bytes.HasPrefix(response, []byte("HTTP/1.1 200")) {
			t.Errorf("a stream is opened after the end: %q, %v", response[:n], err)
		}
	})
}
