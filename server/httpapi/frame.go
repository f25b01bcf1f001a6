package httpapi

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/gin-contrib/sse"

	"yodel/server/room"
	"yodel/store"
)

// preludeSize is what is sent before the first event, so that nobody on the way waits for a buffer to fill.
const preludeSize = 2 << 10

var prelude = ":" + strings.Repeat(" ", preludeSize) + "\n\n"

// streamCaching keeps caches, and what would compress or rewrite, away from a stream.
const streamCaching = "no-cache, no-transform"

// noData has Encode write an event up to its data.
var noData = []byte{}

// appendEvent appends an event as Server-Sent Events have it (WHATWG HTML §9.2.5). The data is one line of JSON, in which
// there is nothing for Encode to escape; so it is written where it belongs, and not copied three times on its way.
func appendEvent(out *bytes.Buffer, record *store.Record) {
	_ = sse.Encode(out, sse.Event{Event: record.Type, Id: record.Position().String(), Data: noData}) // a Buffer never fails
	out.Truncate(out.Len() - len(eventEnd))
	out.Grow(len(record.Body) + eventRoom)
	out.Write(room.AppendJSON(out.AvailableBuffer(), record))
	out.WriteString(eventEnd)
}

const (
	eventEnd  = "\n\n"
	eventRoom = 128 // id, time and the end of an event, beside its body
)

// appendTransient appends an event that has no id. retry, if not 0, is when EventSource shall come back by itself.
func appendTransient(out *bytes.Buffer, typ, roomID string, retry time.Duration, data any) {
	body := room.Transient(typ, roomID, time.Now(), data)
	_ = sse.Encode(out, sse.Event{Event: typ, Retry: uint(retry.Milliseconds()), Data: body}) // a Buffer never fails
}

// streamHead is the response line and headers of a stream. Its body has no framing and ends with the connection (RFC 9112
// §6.3), for HTTP/1.1 too: of a message in chunks, HAProxy has the kernel hold back each one for 200 ms, in case another
// follows. An end in order is told from a cut by the goodbye before it.
func streamHead(r *http.Request, header http.Header) []byte {
	version := "HTTP/1.1"
	if !r.ProtoAtLeast(1, 1) {
		version = "HTTP/1.0"
	}
	header = header.Clone()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", streamCaching)
	header.Set("X-Accel-Buffering", "no") // nginx (ngx_http_proxy_module, proxy_buffering)
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var out bytes.Buffer
	out.WriteString(version + " 200 OK\r\n")
	_ = header.Write(&out) // a Buffer never fails
	out.WriteString("\r\n")
	return out.Bytes()
}
