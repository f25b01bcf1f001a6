//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	spareFiles   = 200 // files a process needs beside its streams
	idleDialers  = 8
	dialSources  = 8 // source addresses, 127.0.0.2 and on: one alone could run out of ports
	helloTimeout = 30 * time.Second
)

// idle measures resident memory per stream that waits and hears nothing but heartbeats. All servers hold their streams at
// the same time, which halves the waiting; memory does not mind.
func (b *bench) idle(ctx context.Context, withTLS bool) (err error) {
	streams, err := b.shareFiles()
	if err != nil {
		return err
	}
	var crowds []*crowd
	defer func() {
		for _, c := range crowds {
			c.close()
			if stopped := c.server.stop(); err == nil {
				err = stopped
			}
		}
	}()
	for _, name := range b.crowded() {
		s, err := b.start(name, withTLS)
		if err != nil {
			return err
		}
		c := &crowd{server: s}
		crowds = append(crowds, c)
		begun := time.Now()
		if err := c.fill(ctx, streams[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.note("%-5s %d streams open after %v", name, streams[name], time.Since(begun).Round(time.Millisecond))
	}
	for _, c := range crowds {
		bytes, err := c.residentPerStream(b.settle)
		if err != nil {
			return fmt.Errorf("%s: %w", c.server.name(), err)
		}
		b.note("%-5s tls=%v: %.0f resident bytes per idle stream", c.server.name(), withTLS, bytes)
		b.results.add(idleFigure(withTLS), c.server.name(), bytes)
	}
	return nil
}

// crowded are the servers whose idle streams are measured; a journal makes no difference to them.
func (b *bench) crowded() []string {
	return slices.DeleteFunc(slices.Clone(b.servers), func(name string) bool { return name == forgetful })
}

func idleFigure(withTLS bool) string {
	if withTLS {
		return idleTLS
	}
	return idlePlain
}

// shareFiles is how many streams each server gets: as many as were asked for, where the limit of open files allows it.
// Where it does not, the server named last, which is the one under test, comes first.
func (b *bench) shareFiles() (map[string]int, error) {
	limit, err := raiseFileLimit(uint64(b.streams*len(b.crowded()) + spareFiles))
	if err != nil {
		return nil, err
	}
	shares, left := map[string]int{}, int(limit)-spareFiles
	for _, name := range slices.Backward(b.crowded()) {
		shares[name] = min(b.streams, left)
		left -= shares[name]
		if shares[name] < 2 {
			return nil, fmt.Errorf("a limit of %d open files leaves no streams for %s", limit, name)
		}
		if shares[name] < b.streams {
			b.note("%-5s gets %d idle streams: open files are limited to %d", name, shares[name], limit)
		}
	}
	return shares, nil
}

// crowd is the peers who wait at one server.
type crowd struct {
	server *server
	before int64 // resident bytes with one stream open
	mu     sync.Mutex
	conns  []net.Conn
}

// fill seats peers, two to a room, and opens their streams.
func (c *crowd) fill(ctx context.Context, n int) error {
	hc := newJoinClient()
	hc.Transport.(*http.Transport).TLSClientConfig = clientTLS()
	defer hc.CloseIdleConnections()
	if err := c.open(hc, 0); err != nil {
		return err
	}
	var err error
	if c.before, err = residentBytes(c.server.pid); err != nil {
		return err
	}
	errs := make([]error, idleDialers)
	var wg sync.WaitGroup
	for d := range errs {
		wg.Go(func() {
			for i := 1 + d; i <= n && errs[d] == nil; i += idleDialers {
				errs[d] = errors.Join(ctx.Err(), c.open(hc, i))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// open seats peer i and opens its stream.
func (c *crowd) open(hc *http.Client, i int) error {
	scheme := "http://"
	if c.server.tls {
		scheme = "https://"
	}
	self, err := c.server.join(hc, scheme+c.server.addr, fmt.Sprintf("idle-%d", i/2), fmt.Sprintf("%012d", i))
	if err != nil {
		return err
	}
	dialer := net.Dialer{Timeout: helloTimeout, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%dialSources))}}
	conn, err := dialer.Dial("tcp", c.server.addr)
	if err != nil {
		return err
	}
	if c.server.tls {
		conn = tls.Client(conn, clientTLS())
	}
	c.mu.Lock()
	c.conns = append(c.conns, conn)
	c.mu.Unlock()
	if _, err := conn.Write(streamRequest(c.server, c.server.addr, self)); err != nil {
		return err
	}
	return awaitHello(conn)
}

// clientTLS trusts everybody: the certificate is the benchmark's own. One fast curve keeps ten thousand handshakes short.
func clientTLS() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, CurvePreferences: []tls.CurveID{tls.X25519}}
}

// awaitHello reads until the first event has come.
func awaitHello(conn net.Conn) error {
	_ = conn.SetReadDeadline(time.Now().Add(helloTimeout))
	var reader streamReader
	buf := make([]byte, 4096)
	for heard := false; !heard; {
		n, err := conn.Read(buf)
		if err != nil {
			return fmt.Errorf("wait for a stream to begin: %w", err)
		}
		err = reader.feed(buf[:n], func(frame []byte) error {
			heard = heard || isEvent(frame)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// residentPerStream lets the server rest and shares out what it grew by, once it is sure that it still holds the streams.
func (c *crowd) residentPerStream(settle time.Duration) (float64, error) {
	after, err := settledResident(c.server.pid, settle)
	if err != nil {
		return 0, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", c.server.pid))
	if err != nil {
		return 0, err
	}
	if len(files) < len(c.conns) {
		return 0, fmt.Errorf("only %d files are open for %d streams", len(files), len(c.conns))
	}
	return float64(after-c.before) / float64(len(c.conns)-1), nil
}

func (c *crowd) close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}
