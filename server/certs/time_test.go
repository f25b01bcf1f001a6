package certs

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const day = 24 * time.Hour

func TestACertificateOutOfTimeIsToldOfAndServed(t *testing.T) {
	watched(t, func(t *testing.T, f *Files, out fmt.Stringer) {
		dir, wanted := filepath.Dir(f.certFile), 0
		says := func(after time.Duration, message string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if message != "" {
				wanted++
			}
			if said := strings.Count(out.String(), "level=WARN"); said != wanted {
				t.Fatalf("%d warnings, not %d: %s", said, wanted, out)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if last := lines[len(lines)-1]; message != "" && (!strings.Contains(last, message) || !strings.Contains(last, "not_after=") || !strings.Contains(last, "file="+f.certFile)) {
				t.Errorf("said %s", last)
			}
		}
		renewed := func(serial int64, from time.Time, lasts time.Duration) { pairOf(t, dir, serial, from, lasts) }

		renewed(2, time.Now(), 30*time.Minute)
		says(19*time.Minute, "")
		says(2*time.Minute, "expires soon")
		says(8*time.Minute, "")
		says(2*time.Minute, "has expired")
		says(time.Minute, "")
		renewed(3, time.Now().Add(-2*day), day)
		says(5*time.Second, "has expired")
		if served(t, f) != 3 {
			t.Error("an expired certificate is not served")
		}
		renewed(4, time.Now().Add(time.Minute), 90*day)
		says(5*time.Second, "not valid yet")
		says(2*time.Minute, "")
		renewed(5, time.Now(), 90*day)
		says(time.Minute, "")
		if served(t, f) != 5 {
			t.Error("a renewed certificate is not served")
		}
	})
}

func TestACertificateOutOfTimeIsToldOfAtTheStart(t *testing.T) {
	for message, from := range map[string]time.Time{
		"has expired": time.Now().Add(-100 * day), "expires soon": time.Now().Add(-83*day - time.Hour), "not valid yet": time.Now().Add(day), "": time.Now().Add(time.Hour - 83*day),
	} {
		cert, key := pairOf(t, t.TempDir(), 1, from, 90*day)
		log, out := logger()
		if _, err := OpenFiles(cert, key, log); err != nil {
			t.Fatal(err)
		}
		said := out.String()
		if strings.Count(said, "level=WARN") != min(1, len(message)) || !strings.Contains(said, message) {
			t.Errorf("%q: said %q", message, said)
		}
	}
}
