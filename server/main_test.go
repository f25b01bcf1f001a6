package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yodel/server/httpapi/contracttest"
	"yodel/server/testlog"
)

// patience is how long a test waits for what comes over a real socket before it gives up.
const patience = 20 * time.Second

// asProgram makes the test binary be the program, for tests that need a process of its own.
const asProgram = "YODEL_TEST_AS_PROGRAM"

// contract is what every request of this package's tests is held to.
var contract = sync.OnceValue(func() *contracttest.Document {
	document, err := contracttest.Read("httpapi/openapi.yaml")
	if err != nil {
		panic(err)
	}
	return document
})

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Unsetenv(asProgram)
		main()
		return
	}
	runtime, err := os.MkdirTemp("", "yodel-test-") // where --data-dir=none keeps its secret
	if err == nil {
		err = os.Setenv("XDG_RUNTIME_DIR", runtime)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(runtime)
	if code == 0 && wholeRun() {
		code = reportUnseen()
	}
	if code == 0 {
		if err := goleak.Find(certmagicsOwn...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// certmagicsOwn are goroutines that certmagic lets live as long as the process, or end a little after what they were for.
var certmagicsOwn = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).loop"),
	goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
}

// wholeRun says whether all tests were run, and nothing else was asked for.
func wholeRun() bool {
	for _, name := range []string{"run", "skip", "list", "fuzz", "bench"} {
		if flag.Lookup("test."+name).Value.String() != "" {
			return false
		}
	}
	return true
}

// unreachable are the problems that nobody outside can bring about at will; the tests of httpapi do.
var unreachable = map[string]bool{"internal": true, "draining": true, "storage-unavailable": true}

// reportUnseen fails a whole run that left an operation or a problem of the contract untried.
func reportUnseen() int {
	code := 0
	for _, unseen := range contract().Unseen() {
		if !unreachable[unseen] {
			fmt.Fprintf(os.Stderr, "no test brought about %s\n", unseen)
			code = 1
		}
	}
	return code
}

// server is a program that runs inside the test, with a client whose every exchange is held to the contract.
type server struct {
	t      *testing.T
	url    string
	client *http.Client
	// what it has said so far
	stdout, log fmt.Stringer
	// stop asks it to stop and returns its exit code; more often than once it is the same code.
	stop func() int
}

// start runs `yodel serve` on a free port with a directory of its own, until the test ends.
func start(t *testing.T, flags ...string) *server {
	t.Helper()
	return startIn(t, t.TempDir(), flags...)
}

// startIn is start with a directory that another server may have left.
func startIn(t *testing.T, dir string, flags ...string) *server {
	t.Helper()
	args := append([]string{"yodel", "serve", "--listen=127.0.0.1:0", "--data-dir=" + dir}, flags...)
	ctx, cancel := context.WithCancel(context.Background())
	stdout, log, exit := newFirstLine(), &safeBuffer{}, make(chan int, 1)
	go func() { exit <- run(ctx, args, stdout, log) }()
	s := &server{t: t, stdout: stdout, log: log, stop: sync.OnceValue(func() int {
		cancel()
		select {
		case code := <-exit:
			return code
		case <-time.After(10 * time.Second):
			t.Error("the server does not stop within 10 s")
			return -1
		}
	})}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		if code := s.stop(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if t.Failed() {
			t.Logf("log of the server:\n%s", log)
		}
	})
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	s.client = &http.Client{Transport: contract().Recorder(t, transport)}
	select {
	case line := <-stdout.line:
		if s.url = loopbackURL(line); s.url == "" {
			t.Fatalf("no address in %q", line)
		}
	case code := <-exit:
		exit <- code
		t.Fatalf("exit code %d before it served:\n%s", code, log)
	case <-time.After(patience):
		t.Fatalf("it does not serve:\n%s", log)
	}
	return s
}

// loopbackURL is this machine's address in the line that a server prints when it serves.
func loopbackURL(line string) string {
	return regexp.MustCompile(`https?://127\.0\.0\.1:\d+`).FindString(line)
}

// firstLine is a Writer that hands on the first line written to it.
type firstLine struct {
	safeBuffer
	line chan string
	once sync.Once
}

func newFirstLine() *firstLine { return &firstLine{line: make(chan string, 1)} }

func (w *firstLine) Write(p []byte) (int, error) {
	n, err := w.safeBuffer.Write(p)
	if line, _, found := strings.Cut(w.String(), "\n"); found {
		w.once.Do(func() { w.line <- line })
	}
	return n, err
}

// safeBuffer is what a program says, which is looked at while it runs.
type safeBuffer = testlog.Buffer
