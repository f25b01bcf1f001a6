package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func summarize(t *testing.T, lines ...string) (*summary, string) {
	t.Helper()
	var out strings.Builder
	s := &summary{out: &out, printed: map[string][]string{}}
	if err := s.read(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	return s, out.String()
}

func TestWhatIsCountedAndShown(t *testing.T) {
	s, out := summarize(t,
		`{"Action":"output","Package":"p","Test":"TestGood","Output":"chatter\n"}`,
		`{"Action":"attr","Package":"p","Test":"TestGood","Key":"figures","Value":"lost 0"}`,
		`{"Action":"pass","Package":"p","Test":"TestGood"}`,
		`{"Action":"output","Package":"p","Test":"TestBad","Output":"the reason\n"}`,
		`{"Action":"fail","Package":"p","Test":"TestBad"}`,
		`{"Action":"fail","Package":"p","Elapsed":1.5}`,
		`not of the runner`)
	if s.passed != 1 || s.failed != 1 {
		t.Errorf("%d passed, %d failed", s.passed, s.failed)
	}
	if strings.Contains(out, "chatter") || !strings.Contains(out, "the reason") || !strings.Contains(out, "not of the runner") ||
		!strings.Contains(out, "TestGood, figures: lost 0\n") {
		t.Errorf("shown:\n%s", out)
	}
}

func TestABuildThatFailsIsAFailure(t *testing.T) {
	s, out := summarize(t,
		`{"Action":"build-output","ImportPath":"p","Output":"p.go:1: no\n"}`,
		`{"Action":"build-fail","ImportPath":"p"}`)
	if !s.broken || !strings.Contains(out, "p.go:1: no") {
		t.Errorf("broken: %v, shown:\n%s", s.broken, out)
	}
}

func TestCountsAreAppended(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counts")
	s, _ := summarize(t, `{"Action":"pass","Package":"p","Test":"TestGood"}`)
	for range 2 {
		if err := s.write(file); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "1 0\n1 0\n" {
		t.Errorf("%q, %v", text, err)
	}
}
