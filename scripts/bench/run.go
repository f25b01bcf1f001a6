//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// bench is one run: where its servers keep their files and what has been measured so far.
type bench struct {
	options
	dir     string // removed at the end
	results results
}

// run measures what the options ask for and prints the table.
func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "yodel-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{options: o, dir: dir, results: results{}}
	if slices.ContainsFunc(o.servers, func(name string) bool { return name != bareServer }) {
		if _, err := os.Stat(o.yodel); err != nil {
			return fmt.Errorf("%w (build it first, or measure only -servers bare)", err)
		}
	}
	if slices.Contains(o.only, "latency") || slices.Contains(o.only, "cpu") {
		if err := b.underLoad(ctx); err != nil {
			return err
		}
	}
	if slices.Contains(o.only, "idle") {
		if err := b.idle(ctx, false); err != nil {
			return fmt.Errorf("idle streams: %w", err)
		}
	}
	if slices.Contains(o.only, "tls") {
		if err := b.idle(ctx, true); err != nil {
			return fmt.Errorf("idle streams over TLS: %w", err)
		}
	}
	if slices.Contains(o.only, "port") {
		if err := b.port(ctx); err != nil {
			return fmt.Errorf("one port: %w", err)
		}
	}
	if slices.Contains(o.only, "relay") {
		if err := b.relay(ctx); err != nil {
			return fmt.Errorf("relaying: %w", err)
		}
	}
	b.report(os.Stdout)
	return nil
}

// underLoad measures the servers again and again, the order changing with every round.
func (b *bench) underLoad(ctx context.Context) error {
	order := slices.Clone(b.servers)
	for round := range b.rounds {
		if err := b.loadRound(ctx, order); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		slices.Reverse(order)
	}
	return nil
}

// start starts a server by name; withTLS gives it a throwaway certificate.
func (b *bench) start(name string, withTLS bool) (*server, error) {
	dir, err := os.MkdirTemp(b.dir, name+"-")
	if err != nil {
		return nil, err
	}
	var cert, key string
	if withTLS {
		cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
		if err := writeCertificate(cert, key); err != nil {
			return nil, err
		}
	}
	if name == bareServer {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		args := []string{bareCommand}
		if withTLS {
			args = append(args, cert, key)
		}
		return startServer(bareDialect{}, dir, withTLS, self, args...)
	}
	data := filepath.Join(dir, "data")
	if name == forgetful {
		data = "none"
	}
	args := []string{"serve", "--listen", "127.0.0.1:0", "--limits=off", "--data-dir=" + data}
	if withTLS {
		args = append(args, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	} else {
		args = append(args, "--tls=off")
	}
	return startServer(yodelDialect{name}, dir, withTLS, b.yodel, args...)
}

// note prints a measurement as it is made, for who wants to watch.
func (b *bench) note(format string, args ...any) {
	if b.verbose {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	}
}
