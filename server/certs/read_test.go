//go:build unix

package certs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPipeInPlaceOfAFileHoldsNothingUp(t *testing.T) {
	watched(t, func(t *testing.T, f *Files, out fmt.Stringer) {
		looks := func(n int) { time.Sleep(time.Duration(n) * lookEvery); synctest.Wait() }
		if err := errors.Join(os.Remove(f.keyFile), syscall.Mkfifo(f.keyFile, 0o600)); err != nil {
			t.Fatal(err)
		}
		looks(5)
		if said := strings.Count(out.String(), "level=WARN"); served(t, f) != 1 || said != 1 || !strings.Contains(out.String(), f.keyFile+" is no regular file") {
			t.Errorf("%d is served, and said was %s", served(t, f), out)
		}
		pair(t, filepath.Dir(f.keyFile), 2)
		looks(2)
		if served(t, f) != 2 {
			t.Error("a file where the pipe was is not served")
		}
	})
}

// TestAPipeIsReadAtTheStart is what a shell does for --tls-key=<(command).
func TestAPipeIsReadAtTheStart(t *testing.T) {
	cert, keyFile := pair(t, t.TempDir(), 1)
	key, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(keyFile), syscall.Mkfifo(keyFile, 0o600)); err != nil {
		t.Fatal(err)
	}
	written := make(chan error)
	go func() { written <- os.WriteFile(keyFile, key, 0o600) }() // waits for its reader
	log, _ := logger()
	f, err := OpenFiles(cert, keyFile, log)
	if err := errors.Join(err, <-written); err != nil {
		t.Fatal(err)
	}
	if served(t, f) != 1 || !f.look().same(f.loaded) {
		t.Error("not served, or would be read again")
	}
}
