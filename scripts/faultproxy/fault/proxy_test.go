package fault_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"yodel/scripts/faultproxy/fault"
)

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }

var streams = fault.Match{Class: []string{fault.Stream}}

func TestEverythingPassesUnchanged(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	w := h.dial()
	for n, body := range []string{"one", "", strings.Repeat("x", 300_000), "pipelined"} {
		w.send("POST", "/echo", body)
		if n == 2 {
			w.send("POST", "/echo", "behind it")
		}
		if got := w.text(); got != body {
			t.Errorf("body %d came back with %d bytes", n, len(got))
		}
		if n == 2 && w.text() != "behind it" {
			t.Error("the second of two is another")
		}
	}
	_, _ = io.WriteString(w.Conn, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\ndefghijklm\r\n0\r\nA: b\r\n\r\n")
	if got := w.text(); got != "abcdefghijklm" {
		t.Errorf("chunks came back as %q", got)
	}
	w.send("HEAD", "/echo", "")
	if response, err := http.ReadResponse(w.Reader, &http.Request{Method: "HEAD"}); err != nil || response.StatusCode != 200 {
		t.Errorf("HEAD: %v", err)
	}
	_, _ = io.WriteString(w.Conn, "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if line, _ := w.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Errorf("an interim answer is %q", line)
	}
	_, _ = w.ReadString('\n')
	_, _ = io.WriteString(w.Conn, "ok")
	if got := w.text(); got != "ok" {
		t.Errorf("after it came %q", got)
	}
	if s := h.Stats(); s.Connections != 1 || s.Requests[fault.Short] != 8 {
		t.Errorf("stats are %+v", s)
	}
}

func TestAnOldReaderGetsAStreamUntilItsEnd(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	w := h.dial()
	_, _ = io.WriteString(w.Conn, "GET /events HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n")
	lines := w.Reader
	for line := ""; line != "\r\n"; line, _ = lines.ReadString('\n') {
	}
	readEvent(t, lines)
	h.say <- "1"
	if got := readEvent(t, lines); got != "data: 1" {
		t.Errorf("got %q", got)
	}
	h.say <- ""
	if _, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestEachEndIsPassedOn(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	w, _ := h.stream("GET")
	_ = w.Close() // the server's handler ends, or the test never does
	h.await(func(s fault.Stats) bool { return s.Open == 0 })
	if n := h.Stats().Cuts; n != 0 {
		t.Errorf("%d cuts", n)
	}
}

func TestCut(t *testing.T) {
	for how, wanted := range map[string]func(error) bool{
		fault.RST: isReset,
		fault.FIN: func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
	} {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t, fault.Rules{})
			idle := h.dial()
			idle.send("POST", "/echo", "before")
			idle.text()
			_, lines := h.stream("POST")
			if n := h.Cut(fault.Cut{When: fault.When{Match: streams}, How: how}); n != 1 {
				t.Errorf("%d were cut", n)
			}
			if _, err := lines.ReadByte(); !wanted(err) {
				t.Errorf("the stream ended with %v", err)
			}
			idle.send("POST", "/echo", "after")
			if got := idle.text(); got != "after" {
				t.Errorf("got %q", got)
			}
			if n := h.Cut(fault.Cut{How: how}); n != 1 {
				t.Errorf("%d of the rest were cut", n)
			}
			if _, err := idle.ReadByte(); err == nil {
				t.Error("the idle connection lives")
			}
			h.await(func(s fault.Stats) bool { return s.Open == 0 && s.Cuts == 2 })
		})
	}
}

func TestCutAfterBytes(t *testing.T) {
	h := newHouse(t, fault.Rules{Cut: []fault.Cut{{When: fault.When{Times: 2}, AfterBytes: 1000, How: fault.FIN}}})
	if _, err := h.post("short"); err != nil {
		t.Errorf("one shorter than that: %v", err)
	}
	for range 2 {
		w := h.dial()
		w.send("POST", "/echo", strings.Repeat("x", 2000))
		text, err := io.ReadAll(w.Reader)
		if len(text) != 1000 || err != nil {
			t.Errorf("%d bytes came, %v", len(text), err)
		}
	}
	if got, err := h.post(strings.Repeat("x", 2000)); err != nil || len(got) != 2000 {
		t.Errorf("the third: %v", err)
	}
	h.await(func(s fault.Stats) bool { return s.Cuts == 2 })
}

func TestSpreadCutsFallAnywhere(t *testing.T) {
	h := newHouse(t, fault.Rules{Seed: 3, Cut: []fault.Cut{{SpreadBytes: 1000, How: fault.FIN}}})
	lengths := map[int]bool{}
	for range 8 {
		w := h.dial()
		w.send("POST", "/echo", strings.Repeat("x", 2000))
		text, _ := io.ReadAll(w.Reader)
		lengths[len(text)] = true
	}
	if len(lengths) < 4 {
		t.Errorf("lengths are %v", lengths)
	}
}

func TestASilentCutIsUnknownToTheServer(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	_, lines := h.stream("GET")
	h.Cut(fault.Cut{Silent: true})
	if _, err := lines.ReadByte(); !isReset(err) {
		t.Errorf("the stream ended with %v", err)
	}
	h.say <- "to nobody" // the handler still listens
	h.say <- ""
}

func TestFreeze(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	_, lines := h.stream("GET")
	h.Freeze(fault.Match{})
	h.say <- "late"
	answers := make(chan string)
	go func() {
		got, err := h.post("asked while frozen")
		answers <- fmt.Sprint(got, err)
	}()
	h.await(func(s fault.Stats) bool { return s.Frozen && s.Connections == 2 && s.Requests[fault.Short] == 1 })
	if got := h.heardSoFar(); got != "" {
		t.Errorf("the server heard %q", got)
	}
	down := h.Stats().BytesDown
	h.say <- "later" // which the server can only write when the proxy goes on reading
	if s := h.Stats(); s.BytesDown != down {
		t.Error("something came through")
	}
	h.Thaw()
	if got := readEvent(t, lines) + readEvent(t, lines); got != "data: latedata: later" {
		t.Errorf("got %q", got)
	}
	if got := <-answers; got != "asked while frozen<nil>" {
		t.Errorf("the answer is %s", got)
	}
}

func TestFreezeSome(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	_, lines := h.stream("GET")
	h.Freeze(streams)
	down := h.Stats().BytesDown
	h.say <- "late"
	if _, err := h.post("x"); err != nil || h.Stats().BytesDown == down {
		t.Error(err)
	}
	h.Thaw()
	readEvent(t, lines)
}

func TestDelay(t *testing.T) {
	h := newHouse(t, fault.Rules{Delay: []fault.Delay{{UpMs: 30, DownMs: 20, JitterMs: 5}}})
	began := time.Now()
	if _, err := h.post("x"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	_, lines := h.stream("GET")
	for n := range 5 { // in their order, whatever the jitter
		h.say <- fmt.Sprint(n)
	}
	for n := range 5 {
		if got := readEvent(t, lines); got != fmt.Sprint("data: ", n) {
			t.Errorf("event %d is %q", n, got)
		}
	}
}

func TestReorder(t *testing.T) {
	h := newHouse(t, fault.Rules{Reorder: []fault.Reorder{{When: fault.When{Times: 1}, HoldMs: 60_000}}})
	first := h.dial()
	first.send("POST", "/echo", "first")
	h.await(func(s fault.Stats) bool { return s.Held == 1 })
	if _, err := h.post("second"); err != nil {
		t.Fatal(err)
	}
	if got := first.text(); got != "first" {
		t.Errorf("got %q", got)
	}
	if got := h.heardSoFar(); got != "second first" || h.Stats().Overtaken != 1 {
		t.Errorf("the server heard %q", got)
	}
}

func TestAHeldRequestOutlivesItsClient(t *testing.T) {
	behind := fault.Match{Path: fault.Matching("^/echo")}
	h := newHouse(t, fault.Rules{Reorder: []fault.Reorder{{When: fault.When{Times: 1}, Behind: behind, HoldMs: 60_000}}})
	w := h.dial()
	w.send("POST", "/echo", "given up")
	h.await(func(s fault.Stats) bool { return s.Held == 1 })
	_ = w.Close()
	if response, err := h.client.Get(h.url + "/events"); err != nil { // not what it waits for
		t.Fatal(err)
	} else {
		_ = response.Body.Close()
	}
	if _, err := h.post("second"); err != nil {
		t.Fatal(err)
	}
	h.client.CloseIdleConnections()
	h.await(func(s fault.Stats) bool { return s.Open == 0 })
	if got := h.heardSoFar(); got != "second given up" {
		t.Errorf("the server heard %q", got)
	}
}

func TestHoldingEndsByItself(t *testing.T) {
	h := newHouse(t, fault.Rules{Reorder: []fault.Reorder{{HoldMs: 20}}})
	if _, err := h.post("alone"); err != nil || h.Stats().Held != 1 || h.Stats().Overtaken != 0 {
		t.Errorf("%v, stats are %+v", err, h.Stats())
	}
}

func TestDrop(t *testing.T) {
	h := newHouse(t, fault.Rules{Drop: []fault.Drop{{When: fault.When{Match: fault.Match{Method: "POST", Path: fault.Matching("echo$")}, Times: 2}}}})
	for n := range 2 {
		w := h.dial()
		w.send("POST", "/echo", fmt.Sprint(n))
		if text, err := io.ReadAll(w.Reader); len(text) > 0 || !isReset(err) {
			t.Errorf("%d was answered %q, %v", n, text, err)
		}
	}
	if got, err := h.post("2"); got != "2" || err != nil {
		t.Errorf("then came %q, %v", got, err)
	}
	if got := h.heardSoFar(); got != "0 1 2" || h.Stats().Dropped != 2 {
		t.Errorf("the server heard %q", got)
	}
}

func TestRefuse(t *testing.T) {
	for as, status := range map[string]int{fault.BadGateway: 502, fault.Forbidden: 403, fault.Portal: 200} {
		h := newHouse(t, fault.Rules{Refuse: []fault.Refuse{{When: fault.When{Times: 1}, As: as}}})
		w := h.dial()
		w.send("POST", "/echo", "refused")
		w.send("POST", "/echo", "passed") // on the same connection
		response := w.answer()
		text, err := io.ReadAll(response.Body)
		if response.StatusCode != status || response.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(string(text), "<title>") || err != nil {
			t.Errorf("%s: %d, %q, %v", as, response.StatusCode, text, err)
		}
		if got := w.text(); got != "passed" || h.heardSoFar() != "passed" || h.Stats().Refused != 1 {
			t.Errorf("then came %q", got)
		}
	}
}

func TestUpstreamDown(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	h := newHouse(t, fault.Rules{})
	there := h.dial()
	h.SetUpstream(gone.Addr().String())
	w := h.dial()
	w.send("POST", "/echo", "x")
	if _, err := w.ReadByte(); !isReset(err) {
		t.Errorf("it ended with %v", err)
	}
	if err := h.SetRules(fault.Rules{UpstreamDown: fault.Down502}); err != nil {
		t.Fatal(err)
	}
	there.send("POST", "/echo", "x")
	if got := there.answer(); got.StatusCode != 502 {
		t.Errorf("status %d", got.StatusCode)
	}
	h.await(func(s fault.Stats) bool { return s.UpstreamDown == 2 && s.Open == 0 })
}
