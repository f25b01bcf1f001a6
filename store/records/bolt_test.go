package records_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yodel/store/records"
)

func open(t testing.TB, dir string) *records.Bolt {
	t.Helper()
	b, err := records.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestEverythingIsBackAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "yodel")
	b := open(t, dir)
	never, later, gone := kitchen(time.Now()), kitchen(time.Now()), kitchen(time.Now())
	later.ID, later.ExpiresAt = "hall", time.Now().Add(time.Hour)
	gone.ID = "cellar"
	for _, r := range []records.Room{never, later, gone} {
		must(t, b.AddRoom(r))
	}
	must(t, b.DeleteRoom(gone.ID))
	must(t, b.Revoke("ann", time.Now().Add(time.Hour)))
	secret := b.Secret()
	must(t, b.Close())

	b = open(t, dir)
	wantRoom(t, b, never)
	wantRoom(t, b, later)
	wantNoRoom(t, b, gone.ID)
	wantRevoked(t, b, "ann", true)
	wantRevoked(t, b, "bob", false)
	if b.CountRooms() != 2 || !bytes.Equal(b.Secret(), secret) {
		t.Errorf("%d rooms, or another secret", b.CountRooms())
	}
}

func TestOnlyTheOwnerMayReadTheFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "yodel")
	must(t, open(t, dir).Close())
	file := filepath.Join(dir, "yodel.db")
	must(t, os.Chmod(file, 0o644))
	open(t, dir)
	for path, want := range map[string]os.FileMode{dir: 0o700, file: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestADirectoryInUseIsRefusedWithinASecond(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	began := time.Now()
	_, err := records.Open(dir)
	if took := time.Since(began); !errors.Is(err, records.ErrInUse) || took > time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	if err != nil && !strings.Contains(err.Error(), dir) {
		t.Errorf("does not name the directory: %v", err)
	}
}

func TestADirectoryThatCannotBeUsedIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	garbage := t.TempDir()
	must(t, os.WriteFile(filepath.Join(garbage, "yodel.db"), bytes.Repeat([]byte("garbage "), 4096), 0o600))
	for name, dir := range map[string]string{
		"a file":          file,
		"below a file":    filepath.Join(file, "yodel"),
		"nowhere to make": "/proc/yodel",
		"damaged":         garbage,
	} {
		b, err := records.Open(dir)
		if err == nil {
			t.Errorf("%s: opened", name)
			_ = b.Close()
			continue
		}
		if !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkRevoke(b *testing.B) {
	s := open(b, b.TempDir())
	until := time.Now().Add(time.Hour)
	for b.Loop() {
		_ = s.Revoke("ann", until)
		until = until.Add(1)
	}
}

func BenchmarkRevoked(b *testing.B) {
	s := open(b, b.TempDir())
	_ = s.Revoke("ann", time.Now().Add(time.Hour))
	for b.Loop() {
		_, _ = s.Revoked("bob")
	}
}
