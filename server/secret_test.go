package main

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestTheSecretIsTheSameForTheNextProcess(t *testing.T) {
	for name, env := range map[string]func(dir string){
		"in the runtime directory": func(dir string) { t.Setenv("XDG_RUNTIME_DIR", dir) },
		"without one":              func(dir string) { t.Setenv("XDG_RUNTIME_DIR", ""); t.Setenv("TMPDIR", dir) },
	} {
		env(t.TempDir())
		first, err := runtimeSecret()
		if err != nil || len(first) != runtimeSecretLength || bytes.Equal(first, make([]byte, runtimeSecretLength)) {
			t.Fatalf("%s: %x, %v", name, first, err)
		}
		if again, err := runtimeSecret(); err != nil || !bytes.Equal(first, again) {
			t.Errorf("%s: then %x, %v", name, again, err)
		}
		dir, err := runtimeDir()
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, secretName)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: the file is %v, %v", name, info, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("%s: beside it lies %v, %v", name, left, err)
		}
	}
}

func TestProcessesThatStartAtOnceHaveOneSecret(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	var all [16][]byte
	var starting sync.WaitGroup
	for i := range all {
		starting.Go(func() {
			var err error
			if all[i], err = secretIn(root); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	for _, secret := range all {
		if !bytes.Equal(secret, all[0]) {
			t.Errorf("%x and %x", secret, all[0])
		}
	}
}

func TestADirectoryThatIsNotOursIsNoPlaceForASecret(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	ours := filepath.Join(dir, "yodel")
	for name, prepare := range map[string]func() error{
		"open to others": func() error { return os.Mkdir(ours, 0o755) },
		"a link":         func() error { return os.Symlink(t.TempDir(), ours) },
		"a file":         func() error { return os.WriteFile(ours, nil, 0o700) },
		"a cut secret": func() error {
			return os.WriteFile(filepath.Join(ours, secretName), []byte("short"), 0o600)
		},
	} {
		if name == "a cut secret" {
			if err := os.Mkdir(ours, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := prepare(); err != nil {
			t.Fatal(err)
		}
		if _, err := runtimeSecret(); err == nil {
			t.Errorf("%s: it is taken", name)
		}
		if err := os.RemoveAll(ours); err != nil {
			t.Fatal(err)
		}
	}
}
