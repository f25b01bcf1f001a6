package httpapi

import (
	"bytes"
	"net/http"
	"strconv"
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

// chunkRoom is enough for a chunk's size in hexadecimal and its line end.
const chunkRoom = 10

// wire frames what is sent on a stream for its HTTP version: chunked, or bare for HTTP/1.0 (RFC 9112 §7.1).
type wire struct{ chunked bool }

// begin leaves room for the size of the chunk.
func (w wire) begin(out *bytes.Buffer) {
	if w.chunked {
		out.WriteString("00000000\r\n"[:chunkRoom])
	}
}

// end closes the chunk that began at the start of out and returns all of it.
func (w wire) end(out *bytes.Buffer) []byte {
	if !w.chunked {
		return out.Bytes()
	}
	size := strconv.FormatInt(int64(out.Len()-chunkRoom), 16)
	out.WriteString("\r\n")
	all := out.Bytes()
	copy(all[chunkRoom-2-len(size):], size)
	return all[chunkRoom-2-len(size):]
}

// last is the end of a stream that is ended on purpose; a cut one lacks it.
func (w wire) last() string {
	if w.chunked {
		return "0\r\n\r\n"
	}
	return ""
}

// head is the response line and headers of a stream. Connection: close, since nothing follows it.
func (w wire) head(header http.Header) []byte {
	version := "HTTP/1.0"
	header = header.Clone()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", streamCaching)
	header.Set("X-Accel-Buffering", "no") // nginx (ngx_http_proxy_module, proxy_buffering)
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if w.chunked {
		version = "HTTP/1.1"
		header.Set("Transfer-Encoding", "chunked")
	}
	var out bytes.Buffer
	out.WriteString(version + " 200 OK\r\n")
	_ = header.Write(&out) // a Buffer never fails
	out.WriteString("\r\n")
	return out.Bytes()
}
