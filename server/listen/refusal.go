package listen

import "bytes"

// refusalHead is how net/http answers, in a single Write and before any handler sees it, what it cannot read as HTTP: a
// path with a bad escape, a header that is none, too many of them. No handler's answer looks like this, for all of
// them have a Date.
const refusalHead = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// maxRefusal is more than net/http says in one.
const maxRefusal = 512

// Refusal makes the whole answer to a request that net/http cannot read, so that no handler sees it; text is what
// net/http would have said. Above TLS it stays as net/http says it, out of our reach.
type Refusal func(text string) []byte

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
