// Command testsum reads `go test -json` and prints what a person wants to see of it: a line per package, and all that a
// failed test printed. It appends "PASSED FAILED" to a file of counts and fails as the tests did.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
)

// event is one line of the output (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
	ImportPath                    string
	Key, Value                    string // of an attribute: a figure that a test wants seen (testing.T.Attr)
}

type summary struct {
	out            io.Writer
	passed, failed int
	broken         bool // something failed that is no test: a build, a panic
	printed        map[string][]string
}

func main() {
	counts := flag.String("counts", "", "file that the counts are appended to")
	flag.Parse()
	s := summary{out: os.Stdout, printed: map[string][]string{}}
	if err := s.read(os.Stdin); err != nil {
		log.Fatal(err)
	}
	if err := s.write(*counts); err != nil {
		log.Fatal(err)
	}
	if s.failed > 0 || s.broken {
		os.Exit(1)
	}
}

func (s *summary) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			_, _ = fmt.Fprintln(s.out, lines.Text()) // not of the test runner
			continue
		}
		s.handle(e)
	}
	return lines.Err()
}

func (s *summary) handle(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		s.printed[key] = append(s.printed[key], e.Output)
	case "attr":
		_, _ = fmt.Fprintf(s.out, "      %s, %s: %s\n", e.Test, e.Key, e.Value)
	case "build-output":
		_, _ = fmt.Fprint(s.out, e.Output)
	case "build-fail":
		s.broken = true
	case "pass", "fail", "skip":
		s.finish(e, key)
	}
}

func (s *summary) finish(e event, key string) {
	switch {
	case e.Test != "" && e.Action == "pass":
		s.passed++
	case e.Test != "" && e.Action == "fail":
		s.failed++
	case e.Test == "":
		_, _ = fmt.Fprintf(s.out, "%-4s  %s  %.1f s\n", e.Action, e.Package, e.Elapsed)
		s.broken = s.broken || e.Action == "fail"
	}
	if e.Action == "fail" {
		for _, text := range s.printed[key] {
			_, _ = fmt.Fprint(s.out, text)
		}
	}
	delete(s.printed, key)
}

func (s *summary) write(file string) error {
	_, _ = fmt.Fprintf(s.out, "%d tests passed, %d failed\n", s.passed, s.failed)
	if file == "" {
		return nil
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, s.passed, s.failed); err != nil {
		return err
	}
	return out.Close()
}
