//go:build linux

// Bench measures what a relayed message and a waiting phone cost, for the machine it runs on:
//
//   - POST→event latency at a steady rate over rooms of two, from the moment each message was due (open loop: a server
//     that falls behind is charged for the messages that wait);
//   - server CPU per relayed message, at that rate and with the machine full;
//   - resident bytes per idle stream, over plain HTTP and over TLS;
//   - what a port that carries TURN too costs a request, beside a bare listener;
//   - how much the TURN server inside relays over TLS.
//
// Everything stands beside a bare gin server (bare.go) that does no more than POST → map → write to the stream its
// handler holds open, and under load beside a Yodel that keeps nothing (--data-dir=none), which shows what the journal
// costs; all measured in the same run, in turns of a second, in new processes for each round. Everything stays on
// loopback. Every message is checked to arrive exactly once, in order and unchanged.
//
//	go run -tags nomsgpack ./scripts/bench -yodel bin/yodel
//	go run -tags nomsgpack ./scripts/bench -rounds 1 -only latency,cpu -servers bare
//
// It ends with 0 whether or not a bar is met, with 1 when something broke, with 2 on wrong usage.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The servers: the bare one, Yodel without a journal and with it.
const (
	bareServer  = "bare"
	forgetful   = "forgetful"
	yodelServer = "yodel"
)

var knownServers = []string{bareServer, forgetful, yodelServer}

// options is the command line, read once.
type options struct {
	yodel    string        // path of the server under test
	servers  []string      // which servers are measured, of knownServers
	only     []string      // which parts run: "latency", "cpu", "idle", "tls", "port", "relay"
	rounds   int           // how often each server is measured under load
	rate     int           // messages per second of the steady phase
	rooms    int           // rooms of two under load
	steady   time.Duration // length of the steady phase
	full     time.Duration // length of the full-load phase
	window   int           // messages on their way at once under full load
	streams  int           // idle streams
	settle   time.Duration // how long idle streams rest at least before memory is read
	markdown bool
	verbose  bool
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == bareCommand {
		exit(serveBare(os.Args[2:]))
	}
	// A child is killed with the thread that started it (Pdeathsig): main keeps its thread for as long as it lives.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	opts, err := parseFlags(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	exit(run(ctx, opts))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func parseFlags(args []string) (options, error) {
	var o options
	var servers, only string
	fs := flag.NewFlagSet("bench", flag.ExitOnError)
	fs.StringVar(&o.yodel, "yodel", "bin/yodel", "`path` of the server under test")
	fs.StringVar(&servers, "servers", strings.Join(knownServers, ","), "which servers to measure")
	fs.StringVar(&only, "only", "latency,cpu,idle,tls,port,relay", "which parts to run")
	fs.IntVar(&o.rounds, "rounds", 5, "how often each server is measured under load; medians are printed")
	fs.IntVar(&o.rate, "rate", 1000, "messages per second of the steady phase")
	fs.IntVar(&o.rooms, "rooms", 500, "rooms of two under load")
	fs.DurationVar(&o.steady, "steady", 4*time.Second, "length of the steady phase")
	fs.DurationVar(&o.full, "full", 2*time.Second, "length of the full-load phase")
	fs.IntVar(&o.window, "window", 64, "messages on their way at once under full load")
	fs.IntVar(&o.streams, "streams", 10000, "idle streams per server")
	fs.DurationVar(&o.settle, "settle", 12*time.Second, "how long idle streams rest before memory is read; longer than a heartbeat")
	fs.BoolVar(&o.markdown, "markdown", false, "print the table as Markdown")
	fs.BoolVar(&o.verbose, "v", false, "print every measurement as it is made")
	_ = fs.Parse(args) // ExitOnError
	var err error
	if o.servers, err = choose("server", servers, knownServers...); err != nil {
		return o, err
	}
	if o.only, err = choose("part", only, "latency", "cpu", "idle", "tls", "port", "relay"); err != nil {
		return o, err
	}
	if o.rounds < 1 || o.rate < 1 || o.rooms < 1 || o.window < 1 || o.streams < 2 || o.steady <= 0 || o.full <= 0 {
		return o, fmt.Errorf("rounds, rate, rooms, window, streams and lengths are positive numbers")
	}
	return o, nil
}

// choose splits a comma-separated list and refuses words it does not know.
func choose(what, list string, known ...string) ([]string, error) {
	words := strings.Split(list, ",")
	for _, w := range words {
		if !slices.Contains(known, w) {
			return nil, fmt.Errorf("unknown %s %q; known: %s", what, w, strings.Join(known, ", "))
		}
	}
	return words, nil
}
