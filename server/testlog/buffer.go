// Package testlog keeps what a log or a program has said, for tests that look at it while it is still being written.
package testlog

import (
	"bytes"
	"io"
	"sync"
)

var _ io.Writer = (*Buffer)(nil)

// Buffer is a bytes.Buffer for many goroutines. The zero value is ready.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

// Write implements io.Writer.
func (s *Buffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String is what was written so far.
func (s *Buffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
