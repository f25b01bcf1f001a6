package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"yodel/scripts/faultproxy/fault"
)

// memoryOf is what a world's server still knows after a restart.
type memoryOf int

const (
	everything memoryOf = iota // a data directory
	seatsAlone                 // a data directory whose journal is lost with each restart
	nothing                    // --data-dir=none
)

// world is a server, a process of its own, that is killed and started again while schedules run on it, each in a room and
// behind a proxy of its own.
type world struct {
	// set once
	t       *testing.T
	seed    uint64
	memory  memoryOf
	lease   time.Duration
	keeps   time.Duration // how long an event can be read again
	killing int           // requests of writers between two deaths, about; 0: it lives
	plays   [2]int        // how many seeds, of messages and of calls
	dir     string        // "none", or what outlives a process
	runtime string        // directory, for what outlives it even so
	log     safeBuffer

	requests atomic.Int64  // of writers, which tell the keeper how things go on
	asked    chan struct{} // has room for one: requests rose

	// owned by the keeper, until it has ended
	slowest      time.Duration // from an end to the next start
	kills, stops int           // by SIGKILL, by SIGTERM

	mu      sync.Mutex
	program *exec.Cmd             // guarded by mu
	addr    string                // guarded by mu
	proxies map[*fault.Proxy]bool // guarded by mu
}

// heartbeat is what the streams of a world's server carry at least so often.
const heartbeat = 500 * time.Millisecond

// open starts the world's server, and its keeper, who ends with shut.
func (w *world) open(t *testing.T, seed uint64) (shut func()) {
	t.Helper()
	w.t, w.seed, w.dir, w.runtime = t, seed, "none", t.TempDir()
	if w.memory != nothing {
		w.dir = t.TempDir()
	}
	w.asked, w.proxies = make(chan struct{}, 1), map[*fault.Proxy]bool{}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var keeper sync.WaitGroup
	keeper.Go(func() { w.keep(ctx) })
	return func() {
		cancel()
		keeper.Wait()
		t.Logf("%d SIGKILL, %d SIGTERM, the longest until it served again %v", w.kills, w.stops, w.slowest)
		if err := w.end(syscall.SIGTERM); err != nil {
			t.Errorf("the server stopped with %v", err)
		}
		for _, trouble := range []string{"DATA RACE", "panic:", "level=ERROR"} {
			if strings.Contains(w.log.String(), trouble) {
				t.Errorf("%s in the log of the server", trouble)
			}
		}
		if t.Failed() {
			t.Logf("log of the server:\n%s", lastOf(w.log.String(), 20_000))
		}
	}
}

func lastOf(text string, n int) string { return text[max(0, len(text)-n):] }

// keep ends the server and starts it again whenever so many requests have come, at no moment in particular, until ctx
// ends.
func (w *world) keep(ctx context.Context) {
	random := rand.New(rand.NewPCG(w.seed, 1))
	for w.awaitRequests(ctx, w.requests.Load()+int64(w.killing/2+random.IntN(w.killing))) {
		began := time.Now()
		if random.IntN(4) > 0 {
			w.kills++
			_ = w.end(syscall.SIGKILL) // says that it was killed
		} else {
			w.stops++
			if err := w.end(syscall.SIGTERM); err != nil {
				w.t.Errorf("the server stopped with %v", err)
			}
		}
		if random.IntN(5) == 0 {
			w.kills++
			if err := w.miscarry(time.Duration(random.IntN(200)) * time.Millisecond); err != nil {
				w.t.Error(err)
			}
		}
		if err := w.start(); err != nil {
			w.t.Error(err)
			return
		}
		w.slowest = max(w.slowest, time.Since(began))
	}
}

// awaitRequests waits for so many requests; false: ctx ended first.
func (w *world) awaitRequests(ctx context.Context, n int64) bool {
	for w.requests.Load() < n {
		select {
		case <-w.asked:
		case <-ctx.Done():
			return false
		}
	}
	return ctx.Err() == nil
}

// progress is told of every request of a writer.
func (w *world) progress() {
	w.requests.Add(1)
	select {
	case w.asked <- struct{}{}:
	default:
	}
}

// end ends the process and waits for it.
func (w *world) end(how syscall.Signal) error {
	w.mu.Lock()
	program := w.program
	w.mu.Unlock()
	if err := program.Process.Signal(how); err != nil {
		return err
	}
	err := program.Wait()
	if w.memory == seatsAlone {
		err = errors.Join(err, os.RemoveAll(filepath.Join(w.dir, "journal")))
	}
	return err
}

// start starts a process on what the last one left, and leads everybody to it.
func (w *world) start() error {
	program, stdout, err := w.run()
	if err != nil {
		return err
	}
	line, err := stdout.ReadString('\n')
	if err != nil {
		_ = program.Wait()
		return fmt.Errorf("it does not serve: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.program, w.addr = program, strings.TrimPrefix(loopbackURL(line), "http://")
	for proxy := range w.proxies {
		proxy.SetUpstream(w.addr)
	}
	return nil
}

// miscarry starts a process and kills it so soon that it hardly serves, if at all.
func (w *world) miscarry(age time.Duration) error {
	program, _, err := w.run()
	if err != nil {
		return err
	}
	<-time.After(age) // how old it gets is the fault
	_ = program.Process.Kill()
	_ = program.Wait() // says that it was killed
	return nil
}

// run starts this test binary as the program.
func (w *world) run() (*exec.Cmd, *bufio.Reader, error) {
	program, err := programCommand("serve", "--listen=127.0.0.1:0", "--data-dir="+w.dir, "--limits=off", "--log-level=warn", "--heartbeat="+heartbeat.String(),
		"--lease="+w.lease.String(), "--lease-in-call="+w.lease.String(), "--event-retention="+w.keeps.String())
	if err != nil {
		return nil, nil, err
	}
	program.Env = append(program.Env, "XDG_RUNTIME_DIR="+w.runtime)
	program.Stderr = &w.log
	stdout, err := program.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return program, bufio.NewReader(stdout), program.Start()
}

// proxy stands before the server until shut.
func (w *world) proxy(seed uint64) (p *fault.Proxy, shut func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, err = fault.Start(fault.Options{Upstream: w.addr, Seed: seed})
	if err != nil {
		return nil, nil, err
	}
	w.proxies[p] = true
	return p, func() {
		w.mu.Lock()
		delete(w.proxies, p)
		w.mu.Unlock()
		if err := p.Close(); err != nil {
			w.t.Error(err)
		}
	}, nil
}

// direct is the server's own address, as it is now.
func (w *world) direct() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addr
}
