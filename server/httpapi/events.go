package httpapi

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/room"
	"yodel/server/signaling"
)

const (
	defaultWait = 25 * time.Second
	maxWait     = 60 * time.Second
)

// events is the stream, for who asks for Server-Sent Events, and else a long-poll; by GET or POST alike. A request's
// body, if any, is not looked at. It is read all the same: net/http notices that a client is gone only behind the body,
// and closing a connection with input unread resets it, which may cost the client what it was last told.
func (a *API) events(c *gin.Context) {
	at, err := a.attendReader(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	defer at.Done(false)
	if a.draining.Load() {
		a.fail(c, &problemError{problem: draining, detail: "the server is stopping", retryAfter: time.Second})
		return
	}
	if err := withBody(c, func([]byte) error { return nil }); err != nil {
		a.fail(c, err)
		return
	}
	if wantsStream(c.GetHeader("Accept")) {
		a.stream(c, at)
		return
	}
	a.poll(c, at)
}

// wantsStream looks for text/event-stream in Accept (RFC 9110 §12.5.1).
func wantsStream(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil || mediaType != "text/event-stream" {
			continue
		}
		if weight, err := strconv.ParseFloat(params["q"], 64); err != nil || weight > 0 { // none is 1
			return true
		}
	}
	return false
}

// position is where the reader wants to go on from. The header wins: EventSource retries its old URL with a newer header.
func position(c *gin.Context) string {
	if header := c.GetHeader("Last-Event-ID"); header != "" {
		return header
	}
	after, _ := queryValue(c, "lastEventId")
	return after
}

func waitOf(c *gin.Context) (time.Duration, error) {
	text, given := queryValue(c, "waitSeconds")
	if !given {
		return defaultWait, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 || seconds > int(maxWait.Seconds()) {
		return 0, &signaling.InputError{Fields: []signaling.FieldError{{
			Field: "waitSeconds", Reason: fmt.Sprintf("must be a whole number from 0 to %d", int(maxWait.Seconds()))}}}
	}
	return time.Duration(seconds) * time.Second, nil
}

// stream takes the connection over and leaves it to the streams; the handler is done when the beginning is on its way.
func (a *API) stream(c *gin.Context, at *room.Attendance) {
	limit := a.cfg.MaxStreams
	if at.Reads(room.Stream) {
		limit = 0 // it takes the place of one of its own
	}
	if !a.streams.reserve(limit) {
		a.fail(c, &problemError{problem: tooManyStreams, detail: "try another way in, or later", retryAfter: 10 * time.Second})
		return
	}
	if err := a.streams.open(c, a.rooms, at, position(c)); err != nil {
		if c.Writer.Written() {
			return // taken over already: nothing can be answered
		}
		a.fail(c, err)
	}
}

// poll answers with the events there are, or waits for one.
func (a *API) poll(c *gin.Context, at *room.Attendance) {
	wait, err := waitOf(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	// The server's ReadTimeout is for requests; this one has arrived and may wait for longer.
	if err := http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}); err != nil {
		a.fail(c, fmt.Errorf("lift read deadline: %w", err))
		return
	}
	woken := make(chan struct{}, 1)
	wake := func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
	reader, hello, err := a.rooms.Subscribe(c.Request.Context(), at, room.Poll, position(c), wake)
	if err != nil {
		a.fail(c, err)
		return
	}
	defer reader.Close()
	a.polls.Add(1)
	defer a.polls.Add(-1)
	list := &pollList{room: at.Room}
	if !hello.Resumed {
		list.addTransient("hello", hello)
	}
	if err := list.fill(c, reader, woken, wait); err != nil {
		a.fail(c, err)
		return
	}
	answerJSON(c, http.StatusOK, list.finish(reader.Position()))
}
