package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

const runtimeSecretLength = 32 // bytes, as records asks for

// runtimeSecret is the key that tokens are signed with where nothing else is kept (--data-dir=none). It is the same for
// the next process, so that people are let in again after a restart and told that what was said is lost, in place of
// being turned away. It lies where the system keeps what a user's processes need while the machine is up.
func runtimeSecret() ([]byte, error) {
	dir, err := runtimeDir()
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return secretIn(root)
}

const secretName = "token-secret"

// secretIn reads the secret, or makes one: whole under a name of its own first, so that two processes that start at once
// agree on one of theirs.
func secretIn(root *os.Root) ([]byte, error) {
	for {
		secret, err := root.ReadFile(secretName)
		if err == nil && len(secret) == runtimeSecretLength {
			return secret, nil
		}
		if err == nil {
			return nil, fmt.Errorf("%s: %d bytes in place of %d", filepath.Join(root.Name(), secretName), len(secret), runtimeSecretLength)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		made := make([]byte, runtimeSecretLength)
		_, _ = rand.Read(made) // never fails (crypto/rand, Go 1.24)
		draft := secretName + "." + strconv.Itoa(os.Getpid()) + "." + rand.Text()
		if err := root.WriteFile(draft, made, 0o600); err != nil {
			return nil, err
		}
		err = root.Link(draft, secretName) // unlike a rename it takes nobody's place
		_ = root.Remove(draft)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
}

// runtimeDir is made with mode 0700. One that somebody else could have put there is refused: whoever owns it could
// choose our secret.
func runtimeDir() (string, error) {
	dir := filepath.Join(os.TempDir(), "yodel-"+strconv.Itoa(os.Getuid()))
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(runtime) {
		dir = filepath.Join(runtime, "yodel")
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm() != 0o700 || !ok || int(stat.Uid) != os.Getuid() {
		return "", fmt.Errorf("%s is not a directory of our own with mode 0700", dir)
	}
	return dir, nil
}
