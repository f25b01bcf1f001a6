package httpapi

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"yodel/server/limit"
)

// askProbe sends a request for a probe and reads the head of the answer.
func askProbe(h *house, method, query, accept string) (net.Conn, *http.Response) {
	h.t.Helper()
	conn, err := h.dial()
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "%s /api/v1/doctor/events%s HTTP/1.1\r\nHost: yodel.example\r\nAccept: %s\r\n\r\n", method, query, accept); err != nil {
		h.t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return conn, response
}

// TestAProbeBeatsAndEnds shows what a probe's stream says and when, by GET and by POST, and that it ends by itself.
func TestAProbeBeatsAndEnds(t *testing.T) {
	inBubble(t, func(h *house) {
		for _, method := range []string{"GET", "POST"} {
			began := time.Now()
			_, response := askProbe(h, method, "", "text/event-stream")
			if len(response.TransferEncoding) > 0 || response.ContentLength >= 0 || !response.Close {
				h.t.Errorf("%s: unlike a peer's stream: %+v", method, response)
			}
			var kinds []string
			err := parseSSE(response.Body, func(e sseEvent) {
				var said probeEvent
				if err := json.Unmarshal([]byte(e.data), &said); err != nil || said.Type != e.kind || said.Number != len(kinds) {
					h.t.Errorf("%s: %s, %v", method, e.data, err)
				}
				due := time.Duration(min(len(kinds), probeBeats)) * probeEvery
				if after := time.Since(began); after != due {
					h.t.Errorf("%s: %s came after %v, want %v", method, e.kind, after, due)
				}
				kinds = append(kinds, e.kind)
			})
			if want := "[hello heartbeat heartbeat heartbeat heartbeat heartbeat goodbye]"; err != nil || fmt.Sprint(kinds) != want {
				h.t.Errorf("%s: %v, %v", method, kinds, err)
			}
			if n := h.api.streams.count.Load(); n != 0 {
				h.t.Errorf("%d streams are counted after it", n)
			}
		}
	})
}

// TestAProbeWaitsAsAsked shows the long-poll's times, and that a wait out of range is refused.
func TestAProbeWaitsAsAsked(t *testing.T) {
	inBubble(t, func(h *house) {
		for query, want := range map[string]time.Duration{"": time.Second, "?waitSeconds=0": 0, "?waitSeconds=5": 5 * time.Second} {
			began := time.Now()
			_, response := askProbe(h, "GET", query, "application/json")
			var answer struct {
				Events []probeEvent
				At     time.Time
			}
			err := json.NewDecoder(response.Body).Decode(&answer)
			if after := time.Since(began); err != nil || len(answer.Events) != 1 || after != want || answer.At.Before(began.Add(want).Truncate(time.Millisecond)) {
				h.t.Errorf("%q: %+v after %v, %v", query, answer, after, err)
			}
		}
		for _, query := range []string{"?waitSeconds=6", "?waitSeconds=-1", "?waitSeconds=x"} {
			if _, response := askProbe(h, "GET", query, "application/json"); response.StatusCode != http.StatusBadRequest {
				h.t.Errorf("%q: %s", query, response.Status)
			}
		}
	})
}

// TestAProbeThatNobodyReadsIsLeft shows that a client that goes away costs nothing any more.
func TestAProbeThatNobodyReadsIsLeft(t *testing.T) {
	inBubble(t, func(h *house) {
		conn, response := askProbe(h, "GET", "", "text/event-stream")
		_, _ = io.ReadFull(response.Body, make([]byte, preludeSize))
		_ = conn.Close()
		time.Sleep(2 * probeEvery)
		if n := h.api.streams.count.Load(); n != 0 {
			h.t.Errorf("%d streams are counted", n)
		}
	})
}

// TestProbesAreLimited shows that an address may ask so often, and so many at once on the server.
func TestProbesAreLimited(t *testing.T) {
	inBubble(t, func(h *house) {
		h.api.cfg.Doctor.Probes = limit.New(1, 2, 10)
		h.api.cfg.MaxStreams = 1
		_, first := askProbe(h, "GET", "", "text/event-stream")
		_, second := askProbe(h, "GET", "?waitSeconds=0", "")
		_, third := askProbe(h, "GET", "?waitSeconds=0", "")
		if first.StatusCode != http.StatusOK || problemOf(second) != "too-many-streams" || problemOf(third) != "too-many-probes" {
			h.t.Errorf("%s, %s, %s", first.Status, second.Status, third.Status)
		}
		_, _ = io.Copy(io.Discard, first.Body)
	})
}

func problemOf(response *http.Response) string {
	var p problemBody
	_ = json.NewDecoder(response.Body).Decode(&p)
	return p.Code
}
