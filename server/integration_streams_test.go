package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// hearGoodbye hears the last word of a stream and its end.
func hearGoodbye(t *testing.T, s *stream, reason string) {
	t.Helper()
	if got := data[struct{ Reason string }](t, hear(t, s, "goodbye")); got.Reason != reason {
		t.Errorf("goodbye says %q, want %q", got.Reason, reason)
	}
	if e, err := s.next(); !errors.Is(err, io.EOF) {
		t.Errorf("after goodbye: %+v, %v", e, err)
	}
}

// TestPositions shows what becomes of positions: of one that is good, that is none, of another room, too old.
func TestPositions(t *testing.T) {
	t.Parallel()
	s := start(t, "--limit-log-bytes=4KiB", "--event-retention=100ms", "--limit-messages-burst=100000")
	ana, bob, eve := s.join("r", "Ana"), s.join("r", "Bob"), s.join("other", "Eve")
	eve.send(object{"type": "chat", "data": "elsewhere"})
	for name, c := range map[string]struct{ after, reason string }{
		"none":            {"", "new"},
		"garbage":         {"no \x7f such é", "gap"},
		"of another room": {eve.LastEventID, "gap"},
		"before it came":  {ana.LastEventID, "gap"}, // for Bob, who joined later
	} {
		hello := data[helloShape](t, hear(t, bob.stream(listenAfter{after: c.after}), "hello"))
		list, err := bob.poll(listenAfter{after: c.after}).once("0")
		if err != nil || len(list.Events) != 1 || list.Events[0].Type != "hello" {
			t.Fatalf("%s: a long-poll gives %+v, %v", name, list, err)
		}
		if polled := data[helloShape](t, list.Events[0]); hello.Resumed || hello.Reason != c.reason || polled.Reason != c.reason || list.LastEventID != polled.LastEventID {
			t.Errorf("%s: hello is %+v by stream and %+v by long-poll", name, hello, polled)
		}
	}

	// A position becomes too old when the events after it had their time.
	deadline := time.Now().Add(patience)
	for {
		r := ana.post("/messages", object{"type": "chat", "data": strings.Repeat("x", 1000)})
		if r.status != http.StatusAccepted {
			r.isProblem("room-log-full")
		}
		list, err := bob.poll(listenAfter{after: bob.LastEventID}).once("0")
		if err != nil || len(list.Events) == 0 || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", list, err)
		}
		if list.Events[0].Type == "hello" {
			if got := data[helloShape](t, list.Events[0]); got.Reason != "gap" {
				t.Errorf("hello is %+v", got)
			}
			return
		}
	}
}

// TestReplaced shows that a peer has one stream and one long-poll, and that each replaces its own kind alone.
func TestReplaced(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana := s.join("r", "Ana")
	first := ana.stream(listenAfter{})
	hear(t, first, "hello")
	list, err := ana.poll(listenAfter{}).once("0")
	if err != nil || len(list.Events) != 1 || list.Events[0].Type != "hello" {
		t.Fatalf("%+v, %v", list, err)
	}
	waiting := make(chan pollReply, 1)
	go func() {
		list, err := ana.poll(listenAfter{after: list.LastEventID}).once("60")
		if err != nil {
			t.Error(err)
		}
		waiting <- list
	}()
	deadline := time.After(patience)
	for replaced := false; !replaced; { // until the one that waits had begun to
		if list, err := ana.poll(listenAfter{after: list.LastEventID}).once("0"); err != nil || len(list.Events) > 0 {
			t.Fatalf("%+v, %v", list, err)
		}
		select {
		case got := <-waiting:
			if replaced = true; len(got.Events) != 1 || got.Events[0].Type != "goodbye" || got.LastEventID != list.LastEventID {
				t.Errorf("the long-poll was told %+v", got)
			} else if bye := data[struct{ Reason string }](t, got.Events[0]); bye.Reason != "replaced" {
				t.Errorf("goodbye says %q", bye.Reason)
			}
		case <-deadline:
			t.Fatal("the long-poll is never replaced")
		default:
		}
	}
	second := ana.stream(listenAfter{method: http.MethodPost})
	hearGoodbye(t, first, "replaced")
	hear(t, second, "hello")
	s.join("r", "Bob")
	hear(t, second, "peer-joined")
}

// TestRefresh shows that an old stream is asked to come back, and what it says in between.
func TestRefresh(t *testing.T) {
	t.Parallel()
	s := start(t, "--stream-max-age=2s", "--heartbeat=200ms")
	ana := s.join("r", "Ana")
	watch := ana.stream(listenAfter{})
	hear(t, watch, "hello")
	beats := 0
	for e := range watch.events {
		switch e.Type {
		case "heartbeat":
			beats++
		case "goodbye":
			if got := data[struct{ Reason string }](t, e); got.Reason != "refresh" {
				t.Errorf("goodbye says %q", got.Reason)
			}
		default:
			t.Errorf("heard %+v", e)
		}
	}
	if beats < 2 {
		t.Errorf("%d heartbeats in 2 s", beats)
	}
}

// TestOldReader shows that a reader that speaks HTTP/1.0 gets the stream without chunks, and any body of a POST is fine.
func TestOldReader(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana := s.join("r", "Ana")
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = io.WriteString(c, "POST /api/v1/rooms/r/events?access_token="+ana.StreamToken+" HTTP/1.0\r\nAccept: text/event-stream\r\nContent-Length: 3\r\n\r\n}{}")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var text []byte
	buffer := make([]byte, 4096)
	for !bytes.Contains(text, []byte("\n\nevent:")) || !bytes.HasSuffix(text, []byte("\n\n")) {
		n, err := c.Read(buffer)
		if text = append(text, buffer[:n]...); err != nil {
			t.Fatalf("%v after %q", err, text)
		}
	}
	head, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	if bytes.Contains(bytes.ToLower(head), []byte("transfer-encoding")) || !bytes.HasPrefix(body, []byte(":")) || bytes.Contains(body, []byte("\r")) {
		t.Errorf("an HTTP/1.0 reader gets %q", text)
	}
}

// TestDraining shows that a server that stops says so to whoever listens, and ends well.
func TestDraining(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
	watch := ana.stream(listenAfter{})
	hear(t, watch, "hello")
	polling := bob.poll(listenAfter{after: bob.LastEventID})
	hear(t, polling, "peer-joined")
	heard := make(chan string, 1)
	go func() { heard <- lastWord(polling) }()
	s.awaitGauge("yodel_polls", 1)
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	hearGoodbye(t, watch, "draining")
	if got := <-heard; got != "draining" {
		t.Errorf("the long-poll was told %q", got)
	}
	if r, err := s.client.Do(s.request(context.Background(), ask{method: "GET", path: "//healthz"})); err == nil {
		r.Body.Close()
		t.Error("it still answers")
	}
}

// lastWord waits with a long-poll and returns the reason of its goodbye.
func lastWord(p *poller) string {
	how := listenAfter{after: p.position(), query: map[string]string{"waitSeconds": "60"}}
	request := p.listenRequest(context.Background(), how, "*/*")
	response, err := p.client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	var list struct {
		Events []struct {
			Type string
			Data struct{ Reason string }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil || len(list.Events) != 1 || list.Events[0].Type != "goodbye" {
		return fmt.Sprint(list, err)
	}
	return list.Events[0].Data.Reason
}
