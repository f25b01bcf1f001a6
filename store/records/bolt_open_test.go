//go:build unix

package records_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"yodel/store/records"
)

// kept is a file with records on many pages.
func kept(t *testing.T) (content, secret []byte) {
	dir := t.TempDir()
	b := open(t, dir)
	for i := range 100 {
		r := kitchen(time.Now())
		r.ID = fmt.Sprintf("room-%d", i)
		must(t, b.AddRoom(r))
		must(t, b.Revoke(fmt.Sprintf("peer-%d", i), time.Now().Add(time.Hour)))
	}
	secret = b.Secret()
	must(t, b.Close())
	content, err := os.ReadFile(filepath.Join(dir, "yodel.db"))
	must(t, err)
	return content, secret
}

// wantWholeOrRefused wants that a file of this content is either opened with all that was kept, or called damaged in one
// sentence and left as it is.
func wantWholeOrRefused(t *testing.T, content, secret []byte) (refused bool) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "yodel.db")
	must(t, os.WriteFile(path, content, 0o600))
	b, err := records.Open(dir)
	if err == nil {
		for i := range 100 {
			_, err := b.Room(fmt.Sprintf("room-%d", i))
			must(t, err)
			wantRevoked(t, b, fmt.Sprintf("peer-%d", i), true)
		}
		if !bytes.Equal(b.Secret(), secret) {
			t.Error("another secret")
		}
		must(t, b.Close())
		return false
	}
	if said := err.Error(); !errors.Is(err, records.ErrDamaged) || !strings.Contains(said, path) || strings.Contains(said, "\n") {
		t.Errorf("refused with %q", said)
	}
	if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, content) {
		t.Errorf("a refused file was changed: %v", err)
	}
	return true
}

func TestAFileCutShortIsCalledDamaged(t *testing.T) {
	whole, secret := kept(t)
	if wantWholeOrRefused(t, whole, secret) {
		t.Fatal("the whole file is refused")
	}
	page, refused := os.Getpagesize(), 0
	for length := page / 2; length < len(whole); length += page / 2 { // an empty file is a new one
		if wantWholeOrRefused(t, whole[:length], secret) {
			refused++
		} else if length < 8*page {
			t.Errorf("opened with %d bytes of %d", length, len(whole))
		}
	}
	if refused == 0 {
		t.Error("none was refused")
	}
}

func TestAFileWithALostPageIsCalledDamaged(t *testing.T) {
	whole, secret := kept(t)
	page, refused := os.Getpagesize(), 0
	for _, lost := range [][]byte{make([]byte, page), bytes.Repeat([]byte{0xff}, page), bytes.Repeat([]byte("garbage "), page/8)} {
		for at := 2 * page; at < len(whole); at += page { // the first two stand in for each other
			content := bytes.Clone(whole)
			copy(content[at:], lost)
			if wantWholeOrRefused(t, content, secret) {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("none was refused")
	}
}

// TestAFileThatCannotBeMadeLeavesNothing has a limit on the length of files in place of a disk that is full. It sets it in
// a process of its own, for go test writes files from this one.
func TestAFileThatCannotBeMadeLeavesNothing(t *testing.T) {
	const inside = "TEST_RECORDS_IN"
	if dir := os.Getenv(inside); dir != "" {
		wantNothingLeft(t, dir)
		return
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), inside+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	open(t, dir)
}

func wantNothingLeft(t *testing.T, dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	for pages := range 8 {
		limit.Cur = uint64(pages * os.Getpagesize())
		must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
		b, err := records.Open(dir)
		if err == nil {
			_ = b.Close()
			t.Fatalf("made with %d pages", pages)
		}
		if errors.Is(err, records.ErrDamaged) || !strings.Contains(err.Error(), syscall.EFBIG.Error()) {
			t.Errorf("with %d pages: %v", pages, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "yodel.db")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("with %d pages a file is left: %v", pages, err)
		}
	}
}
