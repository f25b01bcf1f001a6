//go:build linux

package main

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"
)

// However the network cuts a stream, the same frames come out of it.
func TestStreamReaderAtEveryCut(t *testing.T) {
	text := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
		"a\r\n: prelude\n\r\n1\r\n\n\r\n12\r\nevent: hello\ndata:\r\n5\r\n {}\n\n\r\n1D\r\ndata: 1\n\ndata: 2\n\ndata: 3\n\nda\r\n7\r\nta: 4\n\n\r\n"
	want := []string{": prelude", "event: hello\ndata: {}", "data: 1", "data: 2", "data: 3", "data: 4"}
	for step := 1; step <= len(text); step++ {
		var r streamReader
		var got []string
		for rest := text; rest != ""; rest = rest[min(step, len(rest)):] {
			err := r.feed([]byte(rest[:min(step, len(rest))]), func(frame []byte) error {
				got = append(got, string(frame))
				return nil
			})
			if err != nil {
				t.Fatalf("%d bytes at a time: %v", step, err)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d bytes at a time: %q", step, got)
		}
	}
}

func TestStreamReaderRefuses(t *testing.T) {
	cases := map[string]string{
		"an error":    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
		"no HTTP":     "SSH-2.0-OpenSSH_9.2 or the like\r\n\r\n",
		"a bad chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"the end":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	}
	for name, text := range cases {
		var r streamReader
		if err := r.feed([]byte(text), func([]byte) error { return nil }); err == nil {
			t.Errorf("%s was taken for a stream", name)
		} else if name == "the end" && !errors.Is(err, errStreamEnded) {
			t.Errorf("the end was taken for %v", err)
		}
	}
}

func TestIsEvent(t *testing.T) {
	for frame, want := range map[string]bool{
		": comment": false, "data: {}": true, "id: 1\nevent: offer\ndata: {}": true, ": of data: and more": false,
	} {
		if isEvent([]byte(frame)) != want {
			t.Errorf("%q: want %v", frame, want)
		}
	}
}

func TestParseResponse(t *testing.T) {
	whole := "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\ncontent-length: 4\r\n\r\n{\"\"}"
	for n := range len(whole) {
		if _, size, err := parseResponse([]byte(whole[:n])); size != 0 || err != nil {
			t.Fatalf("%d of its bytes: size %d, %v", n, size, err)
		}
	}
	status, size, err := parseResponse([]byte(whole + "HTTP/1.1 500"))
	if status != 202 || size != len(whole) || err != nil {
		t.Errorf("got %d, %d, %v", status, size, err)
	}
	for _, bad := range []string{"HTTP/1.1 202 Accepted\r\n\r\n", "HTTP/1.1 202 A\r\nContent-Length: -1\r\n\r\n", "hello and good bye\r\n\r\n"} {
		if _, _, err := parseResponse([]byte(bad)); err == nil {
			t.Errorf("%q was taken for a response", bad)
		}
	}
}

func TestAddress(t *testing.T) {
	got, err := address("serving on http://127.0.0.1:40123/ and http://192.0.2.1:40123/\n")
	if got != "127.0.0.1:40123" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := address("serving on port 80"); err == nil {
		t.Error("an address where there is none")
	}
}

func TestParseResident(t *testing.T) {
	got, err := parseResident([]byte("Name:\tyodel\nVmHWM:\t  30000 kB\nVmRSS:\t   20480 kB\nThreads:\t7\n"))
	if got != 20480*1024 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	for _, bad := range []string{"Name:\tyodel\n", "VmRSS:\t 20 MB\n", "VmRSS:\t many kB\n"} {
		if _, err := parseResident([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestOwnFigures(t *testing.T) {
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after < before+time.Millisecond; { // working, it uses some
		if after, err = cpuTime(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if resident, err := residentBytes(os.Getpid()); resident < 1<<20 || err != nil {
		t.Errorf("a test in %d bytes, %v", resident, err)
	}
}

func TestSteady(t *testing.T) {
	cases := map[string]struct {
		values []int64
		want   bool
	}{
		"too few":         {[]int64{1000, 1000}, false},
		"still":           {[]int64{1, 1000, 1005, 1009}, true},
		"still going":     {[]int64{1000, 1005, 1030}, false},
		"down and stable": {[]int64{5000, 1000, 1000, 1000}, true},
	}
	for name, c := range cases {
		if got := steady(c.values, 3); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
