package doctor

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"time"
)

const (
	lateness    = 2 * time.Second // later than this is late; the app thinks so too
	clockLimit  = time.Minute     // beyond this certificates may not be good yet, or any more
	maxEvents   = 64
	maxLine     = 64 << 10
	heldSpread  = 2 // a stream whose events arrive within this fraction of the time they took to write was held back
	pollSeconds = "1"
)

var (
	errNotOurs = fail(NotOurs, nil, "something other than Yodel answers")
	errCut     = fail(Cut, nil, "the stream is cut off before its end")
)

// clock: half the way there and back is all that can be wrong with it.
func (x *examination) clock() {
	ahead := math.Round(x.aheadMs)
	f := Finding{Way: Clock, State: Works, DelayMs: &ahead}
	if math.Abs(ahead) > float64(clockLimit.Milliseconds()) {
		f.State, f.Note = Slow, "it differs from the server's; calls do not mind, certificates may"
	}
	x.note(f)
}

type probeEvent struct {
	Type string
	At   time.Time
}

// late is how long ago, by the server's clock, an event that came just now was written.
func (x *examination) late(at time.Time) time.Duration {
	behind := time.Since(at) - time.Duration(x.aheadMs*float64(time.Millisecond))
	return max(0, behind)
}

// heard is what came on a stream.
type heard struct {
	worst       time.Duration
	came, wrote [2]time.Time // of the first event and of the last
}

// stream reads a probe to its end.
func (x *examination) stream(ctx context.Context, way, method string) {
	ctx, cancel := context.WithTimeout(ctx, x.Patience)
	defer cancel()
	request, err := x.request(ctx, method, "/doctor/events")
	if err != nil {
		x.fails(way, err)
		return
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := x.client.Do(request)
	if err != nil {
		x.fails(way, err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // what came of it, if anything
		x.fails(way, x.badAnswer(response, body))
		return
	}
	h, err := x.listen(bufio.NewReaderSize(response.Body, maxLine))
	if err != nil {
		x.fails(way, err)
		return
	}
	f := Finding{Way: way, State: Works, DelayMs: milliseconds(h.worst)}
	switch took := h.wrote[1].Sub(h.wrote[0]); {
	case h.came[1].Sub(h.came[0]) < took/heldSpread:
		f.State = Held
	case h.worst > lateness:
		f.State = Slow
	}
	x.note(f)
}

func (x *examination) listen(stream *bufio.Reader) (h heard, err error) {
	for range maxEvents {
		event, err := nextEvent(stream)
		if err != nil {
			return h, err
		}
		h.worst = max(h.worst, x.late(event.At))
		h.came[1], h.wrote[1] = time.Now(), event.At
		if h.came[0].IsZero() {
			h.came[0], h.wrote[0] = h.came[1], h.wrote[1]
		}
		if event.Type == "goodbye" {
			return h, nil
		}
	}
	return h, errNotOurs
}

// nextEvent takes the data of the next event; ours is one line (WHATWG HTML §9.2.6).
func nextEvent(stream *bufio.Reader) (event probeEvent, err error) {
	for {
		line, err := stream.ReadString('\n')
		if errors.Is(err, context.DeadlineExceeded) {
			return event, err
		} else if err != nil {
			return event, errCut
		}
		if data, ok := strings.CutPrefix(line, "data:"); ok {
			if json.Unmarshal([]byte(data), &event) != nil || event.At.IsZero() {
				return event, errNotOurs
			}
			return event, nil
		}
	}
}

func (x *examination) longPoll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, x.Patience)
	defer cancel()
	request, err := x.request(ctx, http.MethodGet, "/doctor/events?waitSeconds="+pollSeconds)
	var said probeEvent
	if err == nil {
		err = x.answer(request, &said)
	}
	if err == nil && said.At.IsZero() {
		err = errNotOurs
	}
	if err != nil {
		x.fails(LongPoll, err)
		return
	}
	delay := x.late(said.At)
	f := Finding{Way: LongPoll, State: Works, DelayMs: milliseconds(delay)}
	if delay > lateness {
		f.State = Slow
	}
	x.note(f)
}
