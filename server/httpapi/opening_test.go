package httpapi

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/room"
)

func TestHowAStreamBegins(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		bob.mustSay(1)
		for name, a := range map[string]ask{
			"GET": {}, "POST": {method: "POST"}, "POST with a body": {method: "POST", body: "}{"},
		} {
			e := ana.listen(a)
			for header, want := range map[string]string{
				"Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no",
			} {
				if got := e.head.Header[header]; len(got) != 1 || got[0] != want {
					t.Errorf("%s: %s is %q", name, header, got)
				}
			}
			if !e.head.Close || e.head.Header.Get("Date") == "" {
				t.Errorf("%s: %+v", name, e.head)
			}
			if e.head.ProtoMinor != 1 || len(e.head.TransferEncoding) > 0 || e.head.ContentLength >= 0 {
				t.Errorf("%s: %s %v", name, e.head.Proto, e.head.TransferEncoding)
			}
			event := e.next()
			if hello := dataOf[helloData](t, event.data); event.kind != "hello" || event.id != "" || hello.Resumed || hello.Reason != "new" || len(hello.Peers) != 2 || hello.HeartbeatSeconds != 10 {
				t.Errorf("%s: begins with %+v", name, event)
			}
		}
	})
}

func TestThePositionIsTakenFromTheHeaderFirst(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		first := ana.listen(ask{})
		first.hear("hello")
		bob.mustSay(1)
		one := first.hear("note").id
		bob.mustSay(2)
		two := first.hear("note").id
		for name, a := range map[string]ask{
			"by header":         {after: one},
			"by query":          {query: "?lastEventId=" + one},
			"by header in both": {after: one, query: "?lastEventId=" + two},
		} {
			e := ana.listen(a)
			if hello := dataOf[helloData](t, e.next().data); !hello.Resumed || hello.LastEventID != one {
				t.Errorf("%s: %+v", name, hello)
			}
			if got := e.next(); got.id != two || got.kind != "note" {
				t.Errorf("%s: goes on with %+v", name, got)
			}
		}
	})
}

func TestAnOldReaderGetsAStreamWithoutChunks(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		conn := ana.knock(ask{version: "HTTP/1.0"})
		all := make(chan []byte)
		go func() {
			text, _ := io.ReadAll(conn)
			all <- text
		}()
		synctest.Wait()
		bob.mustSay(7)
		ana.leave()
		head, body, _ := bytes.Cut(<-all, []byte("\r\n\r\n"))
		if !bytes.HasPrefix(head, []byte("HTTP/1.0 200 OK\r\n")) || bytes.Contains(head, []byte("Transfer-Encoding")) || bytes.Contains(head, []byte("Content-Length")) {
			t.Errorf("the head is %q", head)
		}
		var kinds []string
		if err := parseSSE(bytes.NewReader(body), func(e sseEvent) { kinds = append(kinds, e.kind) }); err != nil || strings.Join(kinds, " ") != "hello note peer-left goodbye" {
			t.Errorf("%v, %v: %q", kinds, err, body)
		}
		if bytes.Contains(body, []byte("\r")) || !bytes.HasSuffix(body, []byte("\n\n")) {
			t.Errorf("the body is %q", body)
		}
	})
}

// TestTheBytesOfAStream looks at them: no framing around what is said, whole events, each at once, and an end with the
// connection.
func TestTheBytesOfAStream(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		reader := bufio.NewReader(ana.knock(ask{}))
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(response.TransferEncoding) > 0 || response.ContentLength >= 0 || !response.Close || response.Proto != "HTTP/1.1" {
			t.Errorf("the head says %+v", response)
		}
		block := func() string {
			var all strings.Builder
			for !strings.HasSuffix(all.String(), "\n\n") {
				line, err := reader.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				all.WriteString(line)
			}
			return all.String()
		}
		if first := block(); len(first) < 1<<10 || first[0] != ':' {
			t.Errorf("the prelude is %q", first)
		}
		if got := block(); !strings.HasPrefix(got, "event:hello\ndata:{") {
			t.Errorf("the first event is %q", got)
		}
		for i := range 20 {
			bob.mustSay(i)
			if got := block(); !strings.HasPrefix(got, "id:") || !strings.HasSuffix(got, fmt.Sprintf(`"data":%d}`+"\n\n", i)) {
				t.Errorf("an event is %q", got)
			}
		}
		h.rooms.Drain()
		if got := block(); !strings.Contains(got, `"reason":"draining"`) {
			t.Errorf("goodbye is %q", got)
		}
		if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
			t.Errorf("the end is %q, %v", rest, err)
		}
	})
}

func TestAStreamIsReplacedByTheNext(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		first := ana.listen(ask{})
		first.hear("hello")
		second := ana.listen(ask{method: "POST"})
		if bye := dataOf[byeData](t, first.hear("goodbye").data); bye.Reason != room.GoodbyeReplaced {
			t.Errorf("goodbye says %q", bye.Reason)
		}
		first.ends()
		second.hear("hello")
		synctest.Wait()
		if n := h.api.streams.count.Load(); n != 1 {
			t.Errorf("%d streams are counted", n)
		}
	})
}

func TestADrainingServerTellsItsStreamsAndOpensNoMore(t *testing.T) {
	inBubble(t, func(h *house) {
		ana := h.join("r", "Ana")
		e := ana.listen(ask{})
		e.hear("hello")
		h.api.Drain()
		bye := e.hear("goodbye")
		if said := dataOf[byeData](t, bye.data); said.Reason != room.GoodbyeDraining || bye.retry != strconv.Itoa(said.RetryAfterMs) {
			t.Errorf("%+v", bye)
		}
		e.ends()
		response, err := http.ReadResponse(bufio.NewReader(ana.knock(ask{})), nil)
		if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
			t.Errorf("%v, %v", response, err)
		}
	})
}

func TestTooManyStreams(t *testing.T) {
	inBubble(t, func(h *house) {
		h.api.cfg.MaxStreams = 2
		var ears []*ear
		for range 2 {
			ears = append(ears, h.join("r", "Ana").listen(ask{}))
		}
		bob := h.join("r", "Bob")
		refused := func() int {
			response, err := http.ReadResponse(bufio.NewReader(bob.knock(ask{})), nil)
			if err != nil {
				t.Fatal(err)
			}
			return response.StatusCode
		}
		if got := refused(); got != http.StatusTooManyRequests {
			t.Errorf("the third is answered %d", got)
		}
		_ = ears[0].conn.Close()
		synctest.Wait()
		if got := refused(); got != http.StatusOK {
			t.Errorf("the next is answered %d", got)
		}
	})
}

func TestAClosedConnectionEndsItsStreamAndTheLeaseRuns(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		e := ana.listen(ask{})
		e.hear("hello")
		bobs := bob.listen(ask{})
		bobs.hear("hello")
		time.Sleep(time.Second)
		gone := time.Now()
		_ = bobs.conn.Close()
		if left := e.hear("peer-left"); !strings.Contains(left.data, `"reason":"expired"`) || left.when.Sub(gone) != 30*time.Second {
			t.Errorf("after %v: %+v", left.when.Sub(gone), left)
		}
	})
}

// TestAReaderThatStopsReading is cut off after 20 s, and finds all that it missed when it comes back.
func TestAReaderThatStopsReading(t *testing.T) {
	inBubble(t, func(h *house) {
		ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
		conn := ana.knock(ask{after: ana.start})
		reader := bufio.NewReader(conn)
		if _, err := http.ReadResponse(reader, nil); err != nil {
			t.Fatal(err)
		}
		for i := range 10 { // nobody who speaks waits for it
			bob.mustSay(i)
		}
		synctest.Wait()
		count := func() int64 { return h.api.streams.count.Load() }
		time.Sleep(unackedTimeout - time.Millisecond)
		if count() != 1 {
			t.Error("cut off early")
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if count() != 0 {
			t.Error("not cut off")
		}
		e := ana.listen(ask{after: ana.start})
		e.hear("hello")
		e.hear("peer-joined")
		e.hear("peer-joined")
		for i := range 10 {
			if got := e.hear("note"); !strings.Contains(got.data, fmt.Sprintf(`"data":%d}`, i)) {
				t.Errorf("heard %s, want %d", got.data, i)
			}
		}
	})
}
