package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestCommand runs this binary as the command: it proxies by the rules of a file and ends when asked to.
func TestCommand(t *testing.T) {
	if os.Getenv("FAULTPROXY_TEST_AS_COMMAND") != "" {
		os.Args = append(os.Args[:1], strings.Fields(os.Getenv("FAULTPROXY_TEST_AS_COMMAND"))...)
		main()
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "the server") }))
	defer server.Close()
	rules := t.TempDir() + "/rules.json"
	if err := os.WriteFile(rules, []byte(`{"refuse":[{"times":1,"as":"bad-gateway"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCommand$")
	command.Env = append(os.Environ(), "FAULTPROXY_TEST_AS_COMMAND=--upstream="+server.Listener.Addr().String()+" --rules="+rules)
	var log bytes.Buffer
	command.Stderr = &log
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	var proxy, control string
	if n, wrong := fmt.Sscanf(line, "proxy %s control %s\n", &proxy, &control); n != 2 {
		t.Fatalf("it said %q (%v, %v):\n%s", line, err, wrong, log.String())
	}
	for _, want := range []int{502, 200} {
		response, err := http.Get("http://" + proxy)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("status %d, want %d", response.StatusCode, want)
		}
	}
	if response, err := http.Get("http://" + control + "/stats"); err != nil || response.StatusCode != 200 {
		t.Errorf("control: %v", err)
	} else {
		_ = response.Body.Close()
	}
	_ = command.Process.Signal(syscall.SIGTERM)
	if err := command.Wait(); err != nil {
		t.Errorf("it ended with %v:\n%s", err, log.String())
	}
}
