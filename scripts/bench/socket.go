//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// epollPwait2 is epoll_pwait2(2), Linux 5.11, the same number on every architecture Go runs on. Only it waits for less than a
// millisecond with any precision.
const epollPwait2 = 441

// dialRaw connects a plain socket that the epoll loop can own. Nagle is off: every message leaves at once.
func dialRaw(addr string) (int, error) {
	target, err := netip.ParseAddrPort(addr)
	if err != nil {
		return -1, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(target.Port()), Addr: target.Addr().As4()})
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		syscall.Close(fd)
		return -1, fmt.Errorf("connect to %s: %w", addr, err)
	}
	return fd, nil
}

// writeWhole writes all of p or fails: a request that does not fit into an empty socket buffer means a server that
// no longer reads.
func writeWhole(fd int, p []byte) error {
	for {
		n, err := syscall.Write(fd, p)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return fmt.Errorf("write a request: %w", err)
		case n < len(p):
			return fmt.Errorf("write a request: the server took %d of %d bytes", n, len(p))
		}
		return nil
	}
}

// poller waits for many sockets with the precision of the system's clock.
type poller struct {
	fd     int
	events [256]syscall.EpollEvent
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	return &poller{fd: fd}, nil
}

// add watches fd for something to read; wait answers with key.
func (p *poller) add(fd int, key int32) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: key}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &event))
}

// wait answers with the sockets that have something to read, none when the time is over first.
func (p *poller) wait(timeout time.Duration) ([]syscall.EpollEvent, error) {
	ts := syscall.NsecToTimespec(int64(max(timeout, 0)))
	n, _, errno := syscall.Syscall6(epollPwait2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)),
		uintptr(unsafe.Pointer(&ts)), 0, 0)
	if errno == syscall.EINTR {
		return nil, nil
	}
	if errno != 0 {
		return nil, os.NewSyscallError("epoll_pwait2", errno)
	}
	return p.events[:n], nil
}

// preciseTimers asks the kernel not to round this thread's timeouts up (50 µs by default, which would count as latency).
// Processes inherit it from the thread that starts them, so it is off again before the next server starts.
func preciseTimers(on bool) {
	const setTimerSlack = 29 // PR_SET_TIMERSLACK, in ns; 0 is the default
	var slack uintptr
	if on {
		slack = 1
	}
	_, _, _ = syscall.Syscall(syscall.SYS_PRCTL, setTimerSlack, slack, 0)
}
