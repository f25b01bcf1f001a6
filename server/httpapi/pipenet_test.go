package httpapi

import (
	"net"
	"sync"
)

// pipenet is a network of pipes in memory, for HTTP on the clock of a synctest bubble: what waits on a pipe waits
// durably, what waits on a socket does not. A pipe holds nothing: a write lasts until the other side has read it.
type pipenet struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

var _ net.Listener = (*pipenet)(nil)

func newPipenet() *pipenet { return &pipenet{conns: make(chan net.Conn), closed: make(chan struct{})} }

// Accept implements net.Listener.
func (n *pipenet) Accept() (net.Conn, error) {
	select {
	case conn := <-n.conns:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Dial is a connection to whoever accepts.
func (n *pipenet) Dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.conns <- server:
		return client, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (n *pipenet) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

// Addr implements net.Listener.
func (n *pipenet) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "127.0.0.1:1" }
