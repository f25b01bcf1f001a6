package fault

import (
	"mime"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const eventStream = "text/event-stream"

// exchange is a request and its answer, as far as rules are about them.
type exchange struct {
	// set once
	link       *link
	number     int64 // in the order in which requests came to the proxy
	method     string
	path       string // with the query
	asksStream bool
	drop       *Drop         // its answer is to be thrown away
	held       *heldRequest  // it has to wait
	done       chan struct{} // closed when the answer was read from the server

	contentType atomic.Pointer[string] // of the answer, once its head has come
}

func newExchange(l *link, h head) *exchange {
	x := &exchange{link: l, method: h.start[0], path: h.start[1], done: make(chan struct{})}
	if full, err := url.Parse(x.path); err == nil && full.Host != "" { // the absolute form, as to a proxy
		x.path = full.RequestURI()
	}
	for part := range strings.SplitSeq(strings.Join(h.fields.Values("Accept"), ","), ",") {
		kind, _, err := mime.ParseMediaType(part)
		x.asksStream = x.asksStream || err == nil && kind == eventStream
	}
	return x
}

// answered notes the head of the answer.
func (x *exchange) answered(h head) {
	kind := h.fields.Get("Content-Type")
	x.contentType.Store(&kind)
}

func (x *exchange) class() string {
	kind := x.contentType.Load()
	path, _, _ := strings.Cut(x.path, "?")
	streams := x.asksStream
	if kind != nil {
		streams = strings.HasPrefix(*kind, eventStream)
	}
	switch {
	case streams && x.method == "POST":
		return PostStream
	case streams:
		return GetStream
	case strings.HasSuffix(path, "/events") && !x.asksStream:
		return LongPoll
	}
	return Short
}

// heldRequest is a request that waits until it was overtaken.
type heldRequest struct {
	behind   Match
	until    time.Time
	overtake chan struct{} // closed when that happened
}

// wait waits for that; false: the link was closed meanwhile.
func (h *heldRequest) wait(done <-chan struct{}) bool {
	select {
	case <-h.overtake:
	case <-time.After(time.Until(h.until)):
	case <-done:
		return false
	}
	return true
}
