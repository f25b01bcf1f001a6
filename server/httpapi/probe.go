package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-contrib/sse"
	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/signaling"
)

// A probe is a stream, or a long-poll, that anybody may open to see how such things travel: it is in no room, says
// nothing, and is over in less than two seconds. What is held back on the way comes all at once.
const (
	probeBeats = 5
	probeEvery = 300 * time.Millisecond

	defaultProbeWait = time.Second
	maxProbeWait     = 5 * time.Second
	probeWrite       = 5 * time.Second // until a reader that takes nothing is given up
)

type probeEvent struct {
	Type   string    `json:"type"`
	At     call.Time `json:"at"` // stamped when written
	Number int       `json:"number"`
}

// probe opens one, for who asks for Server-Sent Events as a stream, and else as a long-poll; by GET or POST alike.
func (a *API) probe(c *gin.Context) {
	if err := a.limitProbes(c); err != nil {
		a.fail(c, err)
		return
	}
	if err := withBody(c, func([]byte) error { return nil }); err != nil {
		a.fail(c, err)
		return
	}
	if !a.streams.reserve(a.cfg.MaxStreams) {
		a.fail(c, &problemError{problem: tooManyStreams, detail: "try again later", retryAfter: 10 * time.Second})
		return
	}
	defer a.streams.release()
	if wantsStream(c.GetHeader("Accept")) {
		a.probeStream(c)
		return
	}
	a.probePoll(c)
}

// probeStream is written by the handler itself: unlike a peer's stream it has something to say all its short life.
func (a *API) probeStream(c *gin.Context) {
	header := c.Writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", streamCaching)
	header.Set("X-Accel-Buffering", "no")
	header.Set("Connection", "close")
	header.Set("Transfer-Encoding", "identity") // has net/http write no chunks; it sends no such header, see streamHead
	control := http.NewResponseController(c.Writer)
	say := func(before, typ string, number int) bool {
		var out bytes.Buffer
		out.WriteString(before)
		data, _ := json.Marshal(probeEvent{typ, call.At(time.Now()), number}) // plain fields: never fails
		_ = sse.Encode(&out, sse.Event{Event: typ, Data: data})               // a Buffer never fails
		_ = control.SetWriteDeadline(time.Now().Add(probeWrite))              // not every connection has one
		_, err := c.Writer.Write(out.Bytes())
		return err == nil && control.Flush() == nil
	}
	beat := time.NewTicker(probeEvery)
	defer beat.Stop()
	going := say(prelude, "hello", 0)
	for number := 1; going && number <= probeBeats; number++ {
		select {
		case <-beat.C:
			going = say("", "heartbeat", number)
		case <-c.Request.Context().Done():
			return
		}
	}
	if going {
		say("", "goodbye", probeBeats+1)
	}
}

// probePoll answers when the time is over, with the one event that comes then.
func (a *API) probePoll(c *gin.Context) {
	wait, err := probeWaitOf(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.Request.Context().Done():
		return // gone: nobody reads the answer
	}
	now := call.At(time.Now())
	a.answer(c, http.StatusOK, struct {
		Events []probeEvent `json:"events"`
		At     call.Time    `json:"at"`
	}{[]probeEvent{{"heartbeat", now, 1}}, now})
}

func probeWaitOf(c *gin.Context) (time.Duration, error) {
	text, given := queryValue(c, "waitSeconds")
	if !given {
		return defaultProbeWait, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 || seconds > int(maxProbeWait.Seconds()) {
		return 0, &signaling.InputError{Fields: []signaling.FieldError{{
			Field: "waitSeconds", Reason: fmt.Sprintf("must be a whole number from 0 to %d", int(maxProbeWait.Seconds()))}}}
	}
	return time.Duration(seconds) * time.Second, nil
}
