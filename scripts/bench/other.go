//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: needs Linux: it drives sockets by epoll and reads /proc")
	os.Exit(2)
}
