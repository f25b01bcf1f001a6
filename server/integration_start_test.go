package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refused runs a start that has to end with exit code 2, and returns what it says: one sentence, and nothing besides.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr safeBuffer
	if code := run(t.Context(), append([]string{"yodel"}, args...), &stdout, &stderr); code != 2 {
		t.Errorf("exit code %d", code)
	}
	said, newline := strings.CutSuffix(stderr.String(), "\n")
	if !newline || strings.Contains(said, "\n") || !strings.HasPrefix(said, "yodel: ") || len(args) > 0 && stdout.String() != "" {
		t.Errorf("stdout %q, stderr %q", stdout.String(), stderr.String())
	}
	return said
}

// TestStart shows that a wrong command line is told before anything runs, in one sentence, and that it leaves nothing
// behind.
func TestStart(t *testing.T) {
	t.Parallel()
	file, dir := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "made")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	held := start(t)
	taken := "--listen=" + strings.TrimPrefix(held.url, "http://")
	for name, c := range map[string]struct{ args, want string }{
		"an unknown command":        {"sing", "sing"},
		"an unknown flag":           {"serve --loud", "loud"},
		"a bad value":               {"serve --lease=soon", "--lease"},
		"nobody to vouch for":       {"serve --tls=auto --data-dir=" + dir, "--domain"},
		"a directory that isn't":    {"serve --listen=127.0.0.1:0 --data-dir=" + file, file},
		"a missing certificate":     {"serve --listen=127.0.0.1:0 --tls=files --tls-cert=none --tls-key=none --data-dir=" + dir, "--tls-cert"},
		"a bad one":                 {"serve --listen=127.0.0.1:0 --tls=files --tls-cert=" + file + " --tls-key=" + file + " --data-dir=" + dir, file},
		"no authority to believe":   {"serve --listen=127.0.0.1:0 --tls=auto --domain=a.org --acme-ca-root=" + file + " --data-dir=" + dir, file},
		"a port that is taken":      {"serve " + taken + " --data-dir=" + dir, "taken"},
		"the same, local authority": {"serve " + taken + " --tls=local --data-dir=" + dir, "YODEL_LISTEN"},
		"the same without TURN":     {"serve " + taken + " --turn=off --data-dir=" + dir, "taken"},
		"an address of others":      {"serve --listen=192.0.2.1:0 --data-dir=" + dir, "--listen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if said := refused(t, strings.Fields(c.args)...); !strings.Contains(said, c.want) {
				t.Errorf("%s does not tell of %s", said, c.want)
			}
			if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a directory was made: %v", err)
			}
		})
	}
	for _, args := range [][]string{{"yodel", "version"}, {"yodel", "--help"}, {"yodel", "serve", "--help"}} {
		var stdout, stderr safeBuffer
		if code := run(context.Background(), args, &stdout, &stderr); code != 0 || stdout.String() == "" {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout.String(), stderr.String())
		}
	}
	var stdout, stderr safeBuffer
	if code := run(context.Background(), []string{"yodel"}, &stdout, &stderr); code != 2 || stdout.String() != "" || !strings.Contains(stderr.String(), "which command?") {
		t.Errorf("no command: exit code %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}

// TestStartInABadDirectory shows that what is wrong with the data is told alone too, although the journal could be read.
func TestStartInABadDirectory(t *testing.T) {
	t.Parallel()
	good := t.TempDir()
	s := startIn(t, good, "--tls=local")
	s.join("r", "Ana")
	if said := refused(t, "serve", "--listen=127.0.0.1:0", "--data-dir="+good); !strings.Contains(said, good) {
		t.Errorf("in use: %s", said)
	}
	s.stop()
	for _, c := range []struct{ spoilt, flag string }{{"local-ca.pem", "--tls=local"}, {"journal", "--tls=off"}, {"yodel.db", "--tls=off"}} {
		path := filepath.Join(good, c.spoilt)
		if err := os.Rename(path, path+".kept"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("spoilt"), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := refused(t, "serve", "--listen=127.0.0.1:0", "--data-dir="+good, c.flag); !strings.Contains(said, path) {
			t.Errorf("%s: %s", c.spoilt, said)
		}
		if err := errors.Join(os.Remove(path), os.Rename(path+".kept", path)); err != nil {
			t.Fatal(err)
		}
	}
	startIn(t, good, "--tls=local")
}
