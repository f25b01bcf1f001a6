package fault

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
)

const maxHead = 64 << 10

// head is a message's start line and header fields, and the bytes they came in.
type head struct {
	raw    []byte
	start  [3]string // the words of the start line
	fields textproto.MIMEHeader
}

// readHead reads up to the body. io.EOF: the connection ended before anything came.
func readHead(r *bufio.Reader) (head, error) {
	var h head
	for begun := false; ; {
		line, err := r.ReadSlice('\n')
		h.raw = append(h.raw, line...)
		switch {
		case errors.Is(err, io.EOF) && len(h.raw) > 0:
			return h, io.ErrUnexpectedEOF
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return h, err
		case len(h.raw) > maxHead:
			return h, errors.New("a head without end")
		}
		empty := string(line) == "\r\n" || string(line) == "\n" // RFC 9112 §2.2: either may end a line
		if begun && empty {
			err := h.parse()
			return h, err
		}
		if begun = !empty; !begun { // and empty lines before a request are passed over
			h.raw = h.raw[:0]
		}
	}
}

func (h *head) parse() error {
	lines := textproto.NewReader(bufio.NewReader(bytes.NewReader(h.raw)))
	start, err := lines.ReadLine()
	if err != nil {
		return err
	}
	if copy(h.start[:], strings.SplitN(start, " ", 3)) < 2 {
		return fmt.Errorf("no start line: %q", start)
	}
	h.fields, err = lines.ReadMIMEHeader()
	return err
}

// status is an answer's; 0 where there is none.
func (h head) status() int {
	status, _ := strconv.Atoi(h.start[1])
	return status
}

// The framings of a body (RFC 9112 §6).
const (
	framedByLength = iota
	framedByChunks
	framedByClose
)

// body follows a message body through its framing as the bytes come.
type body struct {
	framing int
	left    int64  // of the body, or of the chunk
	line    []byte // of chunked framing: the line so far
	inChunk bool
	trailer bool // after the last chunk
}

// requestBody is the body that follows the head of a request.
func requestBody(h head) (body, error) { return h.body(body{}) }

// answerBody is the body that follows the head of an answer to a request with that method.
func answerBody(h head, method string) (body, error) {
	if status := h.status(); method == "HEAD" || status < 200 || status == 204 || status == 304 {
		return body{}, nil
	}
	return h.body(body{framing: framedByClose})
}

// body is what the fields say, else what they mean by saying nothing.
func (h head) body(unsaid body) (body, error) {
	if strings.EqualFold(h.fields.Get("Transfer-Encoding"), "chunked") {
		return body{framing: framedByChunks}, nil
	}
	length := h.fields.Get("Content-Length")
	if length == "" {
		return unsaid, nil
	}
	left, err := strconv.ParseInt(length, 10, 64)
	if err != nil || left < 0 {
		return body{}, fmt.Errorf("Content-Length %q", length)
	}
	return body{left: left}, nil
}

// over tells whether the body has ended.
func (b *body) over() bool { return b.framing == framedByLength && b.left == 0 }

// take follows p: n is how much of it belongs to the body. payload is called for what a reader of the body sees, with the
// number of bytes of p up to the end of it.
func (b *body) take(p []byte, payload func(data []byte, end int)) (n int, err error) {
	for n < len(p) && !b.over() {
		switch {
		case b.framing == framedByClose:
			payload(p[n:], len(p))
			return len(p), nil
		case b.framing == framedByLength || b.inChunk:
			size := int(min(b.left, int64(len(p)-n)))
			payload(p[n:n+size], n+size)
			n += size
			b.left -= int64(size)
			b.inChunk = b.inChunk && b.left > 0
		default:
			end := bytes.IndexByte(p[n:], '\n')
			if end < 0 {
				b.line = append(b.line, p[n:]...)
				n = len(p)
				break
			}
			line := string(append(b.line, p[n:n+end]...))
			b.line = b.line[:0]
			n += end + 1
			if err := b.takeLine(strings.TrimSuffix(line, "\r")); err != nil {
				return n, err
			}
		}
		if len(b.line) > maxHead {
			return n, errors.New("a chunk's size without end")
		}
	}
	return n, nil
}

// takeLine takes a line between chunks (RFC 9112 §7.1).
func (b *body) takeLine(line string) error {
	switch {
	case line == "" && b.trailer:
		b.framing, b.left = framedByLength, 0
	case line == "" || b.trailer: // behind a chunk, or a trailer field
	default:
		size, _, _ := strings.Cut(line, ";")
		left, err := strconv.ParseInt(strings.TrimSpace(size), 16, 64)
		if err != nil || left < 0 {
			return fmt.Errorf("chunk of size %q", line)
		}
		b.left, b.inChunk, b.trailer = left, left > 0, left == 0
	}
	return nil
}
