// Package scripts_test runs what a person runs, the scripts and the README's examples, against the real binary.
package scripts_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for another process before it gives up.
const patience = 30 * time.Second

// binary is the server, built once for all tests of this package.
var binary string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "yodel-scripts-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "yodel")
	if out, err := exec.Command("go", "build", "-tags", "nomsgpack", "-o", binary, "../server").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the server: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// startServer runs the binary with options added, on a free port, until the test ends; it returns its address. A server
// that does not stop cleanly fails the test.
func startServer(t *testing.T, options ...string) string {
	t.Helper()
	args := append([]string{"serve", "--listen=127.0.0.1:0", "--data-dir=none"}, options...)
	command := exec.Command(binary, args...)
	command.Env = cleanEnv()
	var log buffer
	command.Stderr = &log
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			t.Errorf("the server stopped with %v:\n%s", err, log.String())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "serving ")
	if err != nil || !found {
		t.Fatalf("the server said %q (%v):\n%s", line, err, log.String())
	}
	return address
}

// shell is the strictest POSIX shell there is here.
func shell(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"dash", "sh"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no shell here: install dash")
	return ""
}

// program is a script while it runs.
type program struct {
	t           *testing.T
	command     *exec.Cmd
	out, errors buffer
}

// start runs the shell with args until it ends, at most for patience. extra is added to its environment.
func start(t *testing.T, extra []string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	p := &program{t: t, command: exec.CommandContext(ctx, shell(t), args...)}
	p.command.Env = append(cleanEnv(), "TMPDIR="+t.TempDir())
	p.command.Env = append(p.command.Env, extra...)
	p.command.Stdout, p.command.Stderr = &p.out, &p.errors
	p.command.WaitDelay = time.Second
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// wait returns the exit code.
func (p *program) wait() int {
	p.t.Helper()
	_ = p.command.Wait()
	if !p.command.ProcessState.Exited() {
		p.t.Errorf("ended by %v\nstdout:\n%s\nstderr:\n%s", p.command.ProcessState, p.out.String(), p.errors.String())
	}
	return p.command.ProcessState.ExitCode()
}

// cleanEnv is the environment without what would lead curl or the server elsewhere.
func cleanEnv() []string {
	var env []string
	for _, each := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToLower(each), "=")
		if strings.HasSuffix(name, "_proxy") || strings.HasPrefix(name, "yodel") || name == "ring_passcode" || name == "tmpdir" {
			continue
		}
		env = append(env, each)
	}
	return env
}

// buffer may be read while a process still writes to it.
type buffer struct {
	mu     sync.Mutex
	data   bytes.Buffer
	waited chan struct{} // closed at the next write; nil while nobody waits
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waited != nil {
		close(b.waited)
		b.waited = nil
	}
	return b.data.Write(p)
}

// look is what was written so far, and a channel that is closed when there is more.
func (b *buffer) look() (string, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waited == nil {
		b.waited = make(chan struct{})
	}
	return b.data.String(), b.waited
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}
