//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"yodel/server/listen"
)

const (
	portTurns = 100 // of each listener
	perTurn   = 200 // requests on one connection, and a tenth as many on a connection of their own
)

// port measures what looking at the first bytes of a connection costs: net/http behind a bare listener, and behind the
// one that has TURN on the same port, in turns. A request is timed on a connection that is open, and with its connection.
func (b *bench) port(ctx context.Context) error {
	bare, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	sorted := listen.New(tcp, listen.Options{STUN: func(conn net.Conn) { _ = conn.Close() }})
	listeners := []net.Listener{bare, sorted}
	for _, l := range listeners {
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
		go func() { _ = server.Serve(l) }()
		defer server.Close()
	}
	names := []string{bareServer, yodelServer}
	for turn := range portTurns {
		for i := range listeners {
			which := (turn + i) % 2
			if err := b.portTurn(ctx, names[which], listeners[which].Addr().String()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) portTurn(ctx context.Context, name, addr string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var kept, fresh []time.Duration
	conn, err := newAsking(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	for range perTurn {
		took, err := conn.ask()
		if err != nil {
			return err
		}
		kept = append(kept, took)
	}
	for range perTurn / 10 {
		began := time.Now()
		conn, err := newAsking(addr)
		if err != nil {
			return err
		}
		_, err = conn.ask()
		fresh = append(fresh, time.Since(began))
		_ = conn.Close()
		if err != nil {
			return err
		}
	}
	b.results.add(portKept, name, milliseconds(percentile(kept, 50)))
	b.results.add(portFresh, name, milliseconds(percentile(fresh, 50)))
	return nil
}

// asking is a client's connection.
type asking struct {
	net.Conn
	r *bufio.Reader
}

func newAsking(addr string) (*asking, error) {
	conn, err := net.Dial("tcp", addr)
	return &asking{conn, bufio.NewReader(conn)}, err
}

func (a *asking) ask() (time.Duration, error) {
	began := time.Now()
	if _, err := io.WriteString(a, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(a.r, nil)
	if err == nil && response.StatusCode != http.StatusNoContent {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return time.Since(began), err
}
