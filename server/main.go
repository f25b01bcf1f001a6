// Command yodel serves a video call that gets through: an app for phones and the signaling behind it, on one port.
//
// This package wires the house together; nothing else sees all of it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: it returns the exit code, 0 fine, 1 failed while running, 2 wrong usage or configuration. When ctx
// ends, what it serves is stopped gracefully.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command := newCommand(func(ctx context.Context, cfg Config) error { return serve(ctx, cfg, stdout, stderr) })
	command.Writer, command.ErrWriter = stdout, stderr
	err := command.Run(ctx, args)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "yodel: %v\n", err)
	}
	return exitCode(err)
}
