package fault_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"yodel/scripts/faultproxy/fault"
)

// listen opens a stream of which nothing need come, and returns its lines as they do.
func (h *house) listen(method string) chan string {
	h.t.Helper()
	before := h.Stats().Requests
	w := h.dial()
	w.send(method, "/events", "")
	lines := make(chan string, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(lines)
		response, err := http.ReadResponse(w.Reader, nil)
		if err != nil {
			return
		}
		lines <- "head"
		for scan := bufio.NewScanner(response.Body); scan.Scan(); {
			if data, found := strings.CutPrefix(scan.Text(), "data: "); found {
				lines <- data
			}
		}
	}()
	h.t.Cleanup(func() { _ = w.Close(); <-ended })
	h.await(func(s fault.Stats) bool {
		return s.Requests[fault.GetStream]+s.Requests[fault.PostStream] > before[fault.GetStream]+before[fault.PostStream]
	})
	return lines
}

// none waits until more than that many bytes are held back, and fails the test if anything has come through.
func (h *house) none(lines chan string, more int64) {
	h.t.Helper()
	h.await(func(s fault.Stats) bool { return s.BytesHeld > more })
	select {
	case line := <-lines:
		h.t.Errorf("%q came through", line)
	default:
	}
}

func (h *house) expect(lines chan string, wanted ...string) {
	h.t.Helper()
	for _, each := range wanted {
		if got := <-lines; got != each {
			h.t.Errorf("got %q, want %q", got, each)
		}
	}
}

func TestBufferUntilEvents(t *testing.T) {
	h := newHouse(t, fault.Rules{Buffer: []fault.Buffer{{Match: streams, UntilEvents: 3}}})
	lines := h.listen("GET")
	h.say <- "1"
	h.none(lines, 0)
	down, held := h.Stats().BytesDown, h.Stats().BytesHeld
	h.say <- "2"
	h.none(lines, held)
	if h.Stats().BytesDown != down {
		t.Error("a part came through")
	}
	h.say <- "3"
	h.expect(lines, "head", "1", "2", "3")
	h.say <- "4"
	h.none(lines, 0)
	if err := h.SetRules(fault.Rules{}); err != nil {
		t.Fatal(err)
	}
	h.expect(lines, "4") // without anything more from the server
	if h.Stats().Buffered != 1 {
		t.Errorf("stats are %+v", h.Stats())
	}
}

func TestBufferThatLags(t *testing.T) {
	h := newHouse(t, fault.Rules{Buffer: []fault.Buffer{{Match: streams, LagEvents: 1, PassHead: true}}})
	lines := h.listen("GET")
	h.expect(lines, "head")
	h.say <- "1"
	h.none(lines, 0)
	h.say <- "2"
	h.expect(lines, "1")
	h.none(lines, 0)
	h.say <- ""
	h.expect(lines, "2")
}

func TestBufferUntilBytes(t *testing.T) {
	h := newHouse(t, fault.Rules{Buffer: []fault.Buffer{{UntilBytes: 5000}}})
	lines := h.listen("GET")
	h.say <- strings.Repeat("x", 4000)
	h.none(lines, 0)
	h.say <- strings.Repeat("y", 4000)
	h.expect(lines, "head", strings.Repeat("x", 4000), strings.Repeat("y", 4000))
	if got, err := h.post("what ends is not held back"); err != nil || got == "" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBufferUntilClose(t *testing.T) {
	h := newHouse(t, fault.Rules{Buffer: []fault.Buffer{{Match: fault.Match{Method: "GET", Type: "text/event-stream"}}}})
	lines := h.listen("GET")
	wanted := []string{"head"}
	for n := range 20 {
		h.none(lines, int64(9*n)) // "data: 1" and two line ends
		h.say <- fmt.Sprint(n)
		wanted = append(wanted, fmt.Sprint(n))
	}
	h.say <- ""
	h.expect(lines, wanted...)
	posted := h.listen("POST") // which this one lets pass
	h.say <- "1"
	h.expect(posted, "head", "1")
	if s := h.Stats(); s.Requests[fault.GetStream] != 1 || s.Requests[fault.PostStream] != 1 || s.Buffered != 1 {
		t.Errorf("stats are %+v", s)
	}
}

func TestBufferThatBegins(t *testing.T) {
	h := newHouse(t, fault.Rules{})
	lines := h.listen("GET")
	h.say <- "1"
	h.expect(lines, "head", "1")
	if err := h.SetRules(fault.Rules{Buffer: []fault.Buffer{{}}}); err != nil {
		t.Fatal(err)
	}
	h.say <- "2"
	h.await(func(s fault.Stats) bool { return s.Buffered == 1 })
	h.none(lines, 0)
	h.say <- ""
	h.expect(lines, "2")
}
