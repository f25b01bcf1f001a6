// Package listen makes the one port: it accepts connections, tells TLS from plain HTTP by the first byte, and gives
// each connection the ability to be written to without ever blocking, which event streams need.
package listen

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxPending is how many bytes a connection in non-blocking mode takes in beyond what the network takes at once: what
// a stream hands over in one go, not a queue. Writers wait for Pending to be 0 before they write more.
const maxPending = 4 << 20

// ErrBacklog says that somebody wrote on although much was pending.
var ErrBacklog = errors.New("connection does not take what it is sent")

// Conn is an accepted TCP connection. After Detach its Write never blocks; it lies below TLS, so that a *tls.Conn on
// top of it never blocks either and its session is never left in the middle of a record.
type Conn struct {
	net.Conn // the TCP connection; set once
	raw      syscall.RawConn
	refusal  Refusal // set once; nil: net/http's own words

	// owned by whoever writes
	detached bool
	pending  []byte
}

func newConn(tcp *net.TCPConn) (*Conn, error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: tcp, raw: raw}, nil
}

// Detach makes Write non-blocking from here on, and has the system close the connection when what was sent stays
// unacknowledged for unacked (RFC 5482; where the system can).
func (c *Conn) Detach(unacked time.Duration) error {
	c.detached = true
	var err error
	if controlled := c.raw.Control(func(fd uintptr) { err = setUserTimeout(int(fd), unacked) }); controlled != nil {
		return controlled
	}
	return err
}

// Write takes all of p. In non-blocking mode what the network does not take at once is kept, see Pending.
func (c *Conn) Write(p []byte) (int, error) {
	if !c.detached {
		return c.writeWaiting(p)
	}
	written := 0
	if len(c.pending) == 0 {
		n, err := c.tryWrite(p)
		if err != nil {
			return n, err
		}
		written = n
	}
	if len(c.pending)+len(p)-written > maxPending {
		return written, ErrBacklog
	}
	c.pending = append(c.pending, p[written:]...)
	return len(p), nil
}

// writeWaiting is how a connection is written to as long as it is net/http's.
func (c *Conn) writeWaiting(p []byte) (int, error) { return c.refusal.write(c.Conn, p) }

// tryWrite writes what the network takes right now.
func (c *Conn) tryWrite(p []byte) (written int, err error) {
	controlled := c.raw.Write(func(fd uintptr) bool {
		for written < len(p) && err == nil {
			var n int
			n, err = unix.Write(int(fd), p[written:])
			written += max(n, 0)
			if errors.Is(err, unix.EINTR) {
				err = nil
			}
		}
		return true // never wait for the socket to become writable
	})
	if errors.Is(err, unix.EAGAIN) {
		err = nil
	}
	if err == nil {
		err = controlled
	}
	return written, err
}

// Pending is how many bytes Flush still has to write.
func (c *Conn) Pending() int { return len(c.pending) }

// Flush writes what is pending, and waits for it up to the deadline.
func (c *Conn) Flush(deadline time.Time) error {
	pending := c.pending
	c.pending = nil
	if err := c.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if _, err := c.Conn.Write(pending); err != nil {
		return err
	}
	return c.SetWriteDeadline(time.Time{})
}

// tell looks at the first bytes the other side sends, without taking them away. It waits up to the read deadline.
func (c *Conn) tell(opts *Options) (kind, error) {
	var first [sniffed]byte
	what := unknown
	var err error
	controlled := c.raw.Read(func(fd uintptr) bool {
		var n int
		n, _, err = unix.Recvfrom(int(fd), first[:], unix.MSG_PEEK)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			return false
		case err != nil, n <= 0:
			return true
		}
		what = kindOf(first[:n], opts)
		return what != unknown
	})
	if controlled != nil {
		err = controlled
	}
	return what, err
}

// HungUp tells whether the other side has closed or broken the connection; data it sent is left alone.
func (c *Conn) HungUp() bool {
	var first [1]byte
	gone := false
	err := c.raw.Control(func(fd uintptr) {
		n, _, err := unix.Recvfrom(int(fd), first[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		gone = n == 0 && err == nil || err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	})
	return gone || err != nil
}
