//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

var headEnd = []byte("\r\n\r\n")

// header finds a header's value in a response head; empty where it is missing.
func header(head []byte, name string) string {
	for line := range bytes.Lines(head) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(key, []byte(name)) {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// parseStatus reads the status code from a response head.
func parseStatus(head []byte) (int, error) {
	if len(head) < len("HTTP/1.1 200") || !bytes.HasPrefix(head, []byte("HTTP/1.")) {
		return 0, fmt.Errorf("not a response: %q", head)
	}
	return strconv.Atoi(string(head[9:12]))
}

// parseResponse reads one response with a Content-Length at the head of p. size is its whole length, 0 while not all
// of it is there.
func parseResponse(p []byte) (status, size int, err error) {
	end := bytes.Index(p, headEnd)
	if end < 0 {
		return 0, 0, nil
	}
	head := p[:end+2]
	if status, err = parseStatus(head); err != nil {
		return 0, 0, err
	}
	length, err := strconv.Atoi(header(head, "Content-Length"))
	if err != nil || length < 0 {
		return 0, 0, fmt.Errorf("a response without a good Content-Length: %q", head)
	}
	if size = end + len(headEnd) + length; size > len(p) {
		return 0, 0, nil
	}
	return status, size, nil
}

// streamReader takes an event stream apart as it comes: response head, chunks where it is chunked, frames.
type streamReader struct {
	started bool   // the head has been read
	chunked bool   // Transfer-Encoding: chunked
	raw     []byte // not yet taken apart
	text    []byte // unchunked, not yet a whole frame
	scanned int    // how much of text is known to hold no end of a frame
}

// isEvent tells an event from a comment, such as the prelude a stream begins with.
func isEvent(frame []byte) bool {
	return bytes.HasPrefix(frame, []byte("data:")) || bytes.Contains(frame, []byte("\ndata:"))
}

var errStreamEnded = errors.New("the stream ended")

// feed takes more bytes from the connection and hands on each whole frame, without its blank line. A frame is good
// only during the call.
func (r *streamReader) feed(p []byte, onFrame func(frame []byte) error) error {
	r.raw = append(r.raw, p...)
	if !r.started {
		if err := r.readHead(); err != nil || !r.started {
			return err
		}
	}
	if err := r.unchunk(); err != nil {
		return err
	}
	rest := r.text
	for {
		end := bytes.Index(rest[r.scanned:], []byte("\n\n"))
		if end < 0 {
			r.scanned = max(0, len(rest)-1)
			break
		}
		frame := rest[:r.scanned+end]
		rest, r.scanned = rest[r.scanned+end+2:], 0
		if err := onFrame(frame); err != nil {
			return err
		}
	}
	r.text = append(r.text[:0], rest...)
	return nil
}

func (r *streamReader) readHead() error {
	end := bytes.Index(r.raw, headEnd)
	if end < 0 {
		return nil
	}
	head := r.raw[:end+2]
	status, err := parseStatus(head)
	if err != nil {
		return err
	}
	if status != 200 {
		return fmt.Errorf("the stream was refused: %q", r.raw)
	}
	r.chunked = header(head, "Transfer-Encoding") == "chunked"
	r.raw = append(r.raw[:0], r.raw[end+len(headEnd):]...)
	r.started = true
	return nil
}

// unchunk moves what is whole in raw over to text.
func (r *streamReader) unchunk() error {
	if !r.chunked {
		r.text = append(r.text, r.raw...)
		r.raw = r.raw[:0]
		return nil
	}
	rest := r.raw
	for {
		line := bytes.Index(rest, []byte("\r\n"))
		if line < 0 {
			break
		}
		size, err := strconv.ParseUint(string(rest[:line]), 16, 31)
		if err != nil {
			return fmt.Errorf("not a chunk: %q", rest)
		}
		if size == 0 {
			return errStreamEnded
		}
		end := line + 2 + int(size)
		if len(rest) < end+2 {
			break
		}
		r.text = append(r.text, rest[line+2:end]...)
		rest = rest[end+2:]
	}
	r.raw = append(r.raw[:0], rest...)
	return nil
}
