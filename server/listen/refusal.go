package listen

import (
	"bytes"
	"io"
)

// refusalHead is how net/http answers, in a single Write and before any handler sees it, what it cannot read as HTTP: a
// path with a bad escape, a header that is none, too many of them. No handler's answer looks like this, for all of
// them have a Date.
const refusalHead = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// maxRefusal is more than net/http says in one.
const maxRefusal = 512

// Refusal makes the whole answer to a request that net/http cannot read, so that no handler sees it; text is what
// net/http would have said.
type Refusal func(text string) []byte

// write writes p, or the refusal in place of net/http's.
func (r Refusal) write(to io.Writer, p []byte) (int, error) {
	if r != nil {
		if text, ok := refusalText(p); ok {
			_, err := to.Write(r(text))
			return len(p), err
		}
	}
	return to.Write(p)
}

// refusalText is what p says if it is such an answer of net/http's.
func refusalText(p []byte) (text string, ok bool) {
	if len(p) > maxRefusal || !bytes.HasPrefix(p, []byte("HTTP/1.1 ")) {
		return "", false
	}
	line := bytes.IndexByte(p, '\r')
	if line < 0 || !bytes.HasPrefix(p[line:], []byte(refusalHead)) {
		return "", false
	}
	return string(p[line+len(refusalHead):]), true
}
