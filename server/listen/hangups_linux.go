package listen

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Hangups notices that the other side of a connection is gone although nobody reads from it: one epoll set and one
// goroutine for all connections.
type Hangups struct {
	epoll *os.File        // set once
	raw   syscall.RawConn // set once
	start sync.Once
	done  sync.WaitGroup

	mu      sync.Mutex
	last    uint64            // guarded by mu: newest key
	waiting map[uint64]func() // guarded by mu
}

// NewHangups watches nothing yet: its goroutine begins with the first Watch and ends with Close.
func NewHangups() (*Hangups, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that the runtime waits for the set itself, without a thread
		return nil, os.NewSyscallError("set nonblock", err)
	}
	file := os.NewFile(uintptr(fd), "hangups")
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Hangups{epoll: file, raw: raw, waiting: map[uint64]func(){}}, nil
}

// Close stops noticing.
func (h *Hangups) Close() error {
	err := h.epoll.Close()
	h.done.Wait()
	return err
}

// Watch has gone called once, from another goroutine, when the other side hangs up, half-closes or breaks off. The
// connection is forgotten by Forget with the returned key.
func (h *Hangups) Watch(c *Conn, gone func()) (key uint64, err error) {
	h.start.Do(func() { h.done.Go(h.run) })
	h.mu.Lock()
	h.last++
	key = h.last
	h.waiting[key] = gone
	h.mu.Unlock()
	event := unix.EpollEvent{Events: unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(key), Pad: int32(key >> 32)}
	controlled := c.raw.Control(func(fd uintptr) {
		controlErr := h.raw.Control(func(set uintptr) { err = unix.EpollCtl(int(set), unix.EPOLL_CTL_ADD, int(fd), &event) })
		if controlErr != nil {
			err = controlErr
		}
	})
	if err == nil {
		err = controlled
	}
	if err != nil {
		h.Forget(key)
		return 0, err
	}
	return key, nil
}

// Forget ends the watch of a connection that is being closed. Closing the socket takes it out of the epoll set.
func (h *Hangups) Forget(key uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.waiting, key)
}

func (h *Hangups) run() {
	events := make([]unix.EpollEvent, 128)
	for {
		n := 0
		err := h.raw.Read(func(set uintptr) bool {
			n, _ = unix.EpollWait(int(set), events, 0)
			return n > 0
		})
		if err != nil { // closed
			return
		}
		for _, event := range events[:n] {
			h.notify(uint64(uint32(event.Fd)) | uint64(uint32(event.Pad))<<32)
		}
	}
}

func (h *Hangups) notify(key uint64) {
	h.mu.Lock()
	gone := h.waiting[key]
	delete(h.waiting, key)
	h.mu.Unlock()
	if gone != nil {
		gone()
	}
}

// Polled says that nobody has to ask HungUp.
func (h *Hangups) Polled() bool { return true }
