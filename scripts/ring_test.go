package scripts_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// ring starts scripts/ring.sh.
func ring(t *testing.T, args ...string) *program {
	t.Helper()
	return start(t, nil, append([]string{"ring.sh"}, args...)...)
}

// expect compares how the script ended and what it said.
func expect(t *testing.T, p *program, code int, lines ...string) {
	t.Helper()
	got := p.wait()
	want := strings.Join(append(lines, ""), "\n")
	if got != code || p.out.String() != want {
		t.Errorf("exit %d, want %d; said:\n%swant:\n%sstderr:\n%s", got, code, p.out.String(), want, p.errors.String())
	}
}

func TestRingTellsTheAnswer(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	for sentence, each := range map[string]struct {
		verb string
		body any
		code int
		want []string
	}{
		"accepted": {"accept", nil, 0, []string{"answered by Ben", "hung up"}},
		"declined": {"decline", nil, 1, []string{"declined"}},
		"busy":     {"decline", map[string]string{"reason": "busy"}, 1, []string{"busy"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			ben := join(t, server, sentence, "Ben")
			script := ring(t, "-n", "lunch?", server+"/", sentence, "Kitchen")
			call := ben.call("ringing")
			if name := ben.nameOf(call.Caller); name != "Kitchen" || call.Note != "lunch?" {
				t.Errorf("rung by %q with note %q", name, call.Note)
			}
			ben.answer(call, each.verb, each.body)
			expect(t, script, each.code, append([]string{"ringing " + sentence}, each.want...)...)
			ben.call("ended")
			ben.left(call.Caller)
		})
	}
}

func TestRingHangsUpAfterTheAnswer(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	ben := join(t, server, "hall", "Ben")
	script := ring(t, server, "hall")
	ben.answer(ben.call("ringing"), "accept", nil)
	if call := ben.call("ended"); call.Reason != "hangup" {
		t.Errorf("the call ended with %q", call.Reason)
	}
	expect(t, script, 0, "ringing hall", "answered by Ben", "hung up")
}

func TestRingWhoComesWhileItRings(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	script := ring(t, server, "empty")
	waitForLine(t, script, "ringing empty")
	ben := join(t, server, "empty", "Ben")
	ben.answer(ben.call("ringing"), "accept", nil)
	expect(t, script, 0, "ringing empty", "answered by Ben", "hung up")
}

// A name or a note is text and never JSON, whatever is in it.
func TestRingCarriesAnyText(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	const name, note = `"},"state":"ended" \ <Ä> 妈妈`, `back\slash "quoted" $HOME ` + "`id` 'x'"
	ben := join(t, server, "text", name)
	script := ring(t, "-n", note, server, "text", name+"2")
	call := ben.call("ringing")
	if got := ben.nameOf(call.Caller); got != name+"2" || call.Note != note {
		t.Errorf("rung by %s with note %s", got, call.Note)
	}
	ben.answer(call, "accept", nil)
	expect(t, script, 0, "ringing text", "answered by "+name, "hung up")
}

func TestRingEndsUnanswered(t *testing.T) {
	t.Parallel()
	t.Run("when the server gives up", func(t *testing.T) {
		t.Parallel()
		server := startServer(t, "--ring-timeout=1s")
		ben := join(t, server, "quiet", "Ben")
		expect(t, ring(t, server, "quiet"), 1, "ringing quiet", "no answer")
		if call := ben.call("ended"); call.Reason != "timeout" {
			t.Errorf("the call ended with %q", call.Reason)
		}
	})
	t.Run("after the seconds given", func(t *testing.T) {
		t.Parallel()
		server := startServer(t)
		ben := join(t, server, "quiet", "Ben")
		expect(t, ring(t, "-t", "1", server, "quiet"), 1, "ringing quiet", "no answer")
		if call := ben.call("ended"); call.Reason != "cancelled" {
			t.Errorf("the call ended with %q", call.Reason)
		}
	})
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run("after "+signal.String(), func(t *testing.T) {
			t.Parallel()
			server := startServer(t)
			ben := join(t, server, "quiet", "Ben")
			script := ring(t, server, "quiet")
			ringing := ben.call("ringing")
			waitForLine(t, script, "ringing quiet")
			if err := script.command.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			expect(t, script, 1, "ringing quiet", "cancelled")
			if call := ben.call("ended"); call.Reason != "cancelled" {
				t.Errorf("the call ended with %q", call.Reason)
			}
			ben.left(ringing.Caller)
		})
	}
}

func TestRingTellsTheProblem(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	makeRoom(t, server, `{"room":"guarded","passcode":"hölzerne \"Brücke\""}`)
	moved := httptest.NewServer(http.RedirectHandler("https://example.org/", http.StatusPermanentRedirect))
	t.Cleanup(moved.Close)
	ann, ben := join(t, server, "taken", "Ann"), join(t, server, "taken", "Ben")
	ann.ask(http.MethodPost, "/calls", map[string]any{"to": []string{ben.id}}, nil)
	for sentence, each := range map[string]struct {
		args []string
		want string
	}{
		"no passcode":       {[]string{server, "guarded"}, "passcode"},
		"wrong passcode":    {[]string{"-p", "sesame", server, "guarded"}, "passcode"},
		"a call is on":      {[]string{server, "taken"}, "a call is ringing already"},
		"a note too long":   {[]string{"-n", strings.Repeat("x", 201), server, "note"}, "note must have at most 200 characters"},
		"nobody listens":    {[]string{closedPort(t), "room"}, "curl: (7)"},
		"moved to https":    {[]string{moved.URL, "room"}, "leads elsewhere: https://example.org/"},
		"some other server": {[]string{server + "/docs", "room"}, "no such page"},
		"too few words":     {[]string{server}, "a URL and a ROOM are needed"},
		"too many words":    {[]string{server, "room", "name", "more"}, "a URL and a ROOM are needed"},
		"no URL":            {[]string{"-x", "room"}, "there is no option -x"},
		"an option alone":   {[]string{"-p"}, "-p needs a value"},
		"a bad URL":         {[]string{"ftp://example.org", "room"}, "http"},
		"a bad room":        {[]string{server, "../rooms"}, "letters"},
		"a bad time":        {[]string{"-t", "1h", server, "room"}, "seconds"},
		"a control":         {[]string{server, "room", "a\tb"}, "control"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			script := ring(t, each.args...)
			expect(t, script, 2)
			if said := script.errors.String(); !strings.Contains(said, each.want) {
				t.Errorf("said %q, want %q in it", said, each.want)
			}
		})
	}
	t.Run("none with the passcode", func(t *testing.T) {
		t.Parallel()
		expect(t, ring(t, "-t", "1", "-p", `hölzerne "Brücke"`, server, "guarded"), 1, "ringing guarded", "no answer")
	})
}

func TestRingHelps(t *testing.T) {
	t.Parallel()
	script := ring(t, "-h")
	if code := script.wait(); code != 0 || !strings.HasPrefix(script.out.String(), "usage: scripts/ring.sh ") {
		t.Errorf("exit %d, said %q", code, script.out.String())
	}
}

// Everything breaks off once after the server has done it: the script asks again, and it is still one call.
func TestRingAsksAgain(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	flaky := startFlaky(t, server)
	ben := join(t, server, "flaky", "Ben")
	script := ring(t, flaky.url, "flaky")
	ringing := ben.call("ringing")
	waitForLine(t, script, "ringing flaky")
	ben.answer(ringing, "accept", nil)
	expect(t, script, 0, "ringing flaky", "answered by Ben", "hung up")
	ben.left(ringing.Caller)
	if said := script.errors.String(); strings.Contains(said, "hanging up") || strings.Contains(said, "leaving") {
		t.Errorf("complained of what had been done:\n%s", said)
	}

	flaky.mu.Lock()
	defer flaky.mu.Unlock()
	for _, kind := range []string{
		"POST /peers", "POST /calls", "GET /events", "GET /calls/{}", "POST /calls/{}/hangup", "DELETE /peers/{}",
	} {
		method, path, _ := strings.Cut(kind, " ")
		if !flaky.broken[method+" /api/v1/rooms/flaky"+path] {
			t.Errorf("never broke off: %s", kind)
		}
	}
	if len(flaky.calls) != 1 {
		t.Errorf("asked for different calls: %v", flaky.calls)
	}
}

// flaky is a way to a server on which the first answer of each kind is lost.
type flaky struct {
	url     string
	forward http.Handler

	mu     sync.Mutex
	broken map[string]bool // method and path, ids as {}
	calls  map[string]bool // bodies that asked for a call
}

func startFlaky(t *testing.T, server string) *flaky {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	f := &flaky{forward: httputil.NewSingleHostReverseProxy(address), broken: map[string]bool{}, calls: map[string]bool{}}
	listener := httptest.NewServer(f)
	t.Cleanup(listener.Close)
	f.url = listener.URL
	return f
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := r.Method + " " + uuids.ReplaceAllString(r.URL.Path, "{}")
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.mu.Lock()
	first := !f.broken[kind]
	f.broken[kind] = true
	if strings.HasSuffix(kind, "/calls") {
		f.calls[string(body)] = true
	}
	f.mu.Unlock()
	switch {
	case !first:
		f.forward.ServeHTTP(w, r)
		return
	case !strings.HasSuffix(kind, "/peers"): // joining twice makes two peers
		f.forward.ServeHTTP(httptest.NewRecorder(), r)
	}
	panic(http.ErrAbortHandler)
}

// Arguments of a process are for every user of the machine to read.
func TestRingKeepsSecretsOffTheCommandLine(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("no curl here: install curl")
	}
	server := startServer(t)
	makeRoom(t, server, `{"room":"secret","passcode":"open-sesame"}`)
	dir := t.TempDir()
	wrapper := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$*\" >>'%s/seen'\nexec '%s' \"$@\"\n", dir, curl)
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	script := start(t, []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "RING_PASSCODE=open-sesame"}, "ring.sh", "-t", "1", server, "secret")
	expect(t, script, 1, "ringing secret", "no answer")
	seen, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(seen); !strings.Contains(text, "/calls") || strings.Contains(text, "sesame") || strings.Contains(text, "eyJ") || strings.Contains(text, "Bearer") {
		t.Errorf("curl was called with:\n%s", text)
	}
}

// It leaves nothing behind: neither files nor a seat.
func TestRingCleansUp(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	temp := t.TempDir()
	expect(t, start(t, []string{"TMPDIR=" + temp}, "ring.sh", "-t", "1", server, "tidy"), 1, "ringing tidy", "no answer")
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func waitForLine(t *testing.T, p *program, line string) {
	t.Helper()
	late := time.After(patience)
	for {
		said, more := p.out.look()
		if strings.Contains(said, line+"\n") {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("did not say %q but %q", line, said)
		}
	}
}

func makeRoom(t *testing.T, server, body string) {
	t.Helper()
	response, err := http.Post(server+"/api/v1/rooms", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatal(response.Status)
	}
}

// closedPort is an address at which nobody listens any more.
func closedPort(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return server.URL
}
