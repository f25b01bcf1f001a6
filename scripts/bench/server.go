//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 15 * time.Second
)

// server is a server process under measurement.
type server struct {
	dialect
	addr string // host:port on loopback
	tls  bool
	pid  int
	cmd  *exec.Cmd
	log  *os.File // what it writes to stderr
	done chan error
}

var addressPattern = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// address finds the loopback address in the line a server prints when it serves.
func address(line string) (string, error) {
	if found := addressPattern.FindString(line); found != "" {
		return found, nil
	}
	return "", fmt.Errorf("no loopback address in %q", line)
}

// startServer starts a command, its stderr in a file in dir, and waits for the line on stdout that names its address.
func startServer(d dialect, dir string, withTLS bool, path string, args ...string) (*server, error) {
	log, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it never outlives the benchmark
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{dialect: d, tls: withTLS, pid: cmd.Process.Pid, cmd: cmd, log: log, done: make(chan error, 1)}
	lines := make(chan string, 1)
	go s.watch(stdout, lines)
	select {
	case line := <-lines:
		if s.addr, err = address(line); err != nil {
			return nil, errors.Join(err, s.stop())
		}
		return s, nil
	case err := <-s.done:
		return nil, fmt.Errorf("%s ended before it served: %v\n%s", d.name(), err, s.lastWords())
	case <-time.After(startTimeout):
		return nil, errors.Join(fmt.Errorf("%s names no address after %v", d.name(), startTimeout), s.stop())
	}
}

// watch hands on the first line of stdout, swallows the rest, and collects the exit status.
func (s *server) watch(stdout io.Reader, lines chan<- string) {
	r := bufio.NewReader(stdout)
	if line, err := r.ReadString('\n'); err == nil {
		lines <- line
	}
	_, _ = io.Copy(io.Discard, r)
	s.done <- s.cmd.Wait()
}

// stop asks the server to end, and reports when it does not or ends badly.
func (s *server) stop() error {
	defer s.log.Close()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.done:
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", s.name(), err, s.lastWords())
		}
		return nil
	case <-time.After(stopTimeout):
		_ = s.cmd.Process.Kill()
		<-s.done
		return fmt.Errorf("%s did not stop within %v of SIGTERM", s.name(), stopTimeout)
	}
}

// lastWords is the end of what the server wrote to stderr.
func (s *server) lastWords() string {
	text, _ := os.ReadFile(s.log.Name())
	return string(text[max(0, len(text)-2000):])
}
