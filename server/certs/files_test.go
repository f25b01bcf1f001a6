package certs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// served is the serial number of the certificate that a client would see now.
func served(t *testing.T, f *Files) int64 {
	t.Helper()
	pair, err := f.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf.SerialNumber.Int64()
}

// watched runs a test on a pair whose serial number is 1, while it is being watched.
func watched(t *testing.T, test func(t *testing.T, f *Files, log fmt.Stringer)) {
	synctest.Test(t, func(t *testing.T) {
		cert, key := pair(t, t.TempDir(), 1)
		log, out := logger()
		f, err := OpenFiles(cert, key, log)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go f.Watch(ctx)
		test(t, f, out)
		stop()
		synctest.Wait()
	})
}

func TestFilesAreTakenAnewOnceTheyHaveChanged(t *testing.T) {
	watched(t, func(t *testing.T, f *Files, out fmt.Stringer) {
		key, dir := f.keyFile, filepath.Dir(f.keyFile)
		looks := func(n int) { time.Sleep(time.Duration(n) * lookEvery); synctest.Wait() }

		looks(5)
		pair(t, dir, 2)
		looks(2)
		if served(t, f) != 2 {
			t.Error("a changed pair is not served")
		}

		old, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		pair(t, dir, 3)
		fitting, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		put(t, key, old) // a certificate without its key
		looks(10)
		if said := strings.Count(out.String(), "level=WARN"); served(t, f) != 2 || said != 1 {
			t.Errorf("a broken pair: %d is served, and told of %d times", served(t, f), said)
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		looks(10)
		if said := strings.Count(out.String(), "level=WARN"); served(t, f) != 2 || said != 2 {
			t.Errorf("a missing key: %d is served, and told of %d times", served(t, f), said)
		}
		put(t, key, fitting)
		looks(2)
		if served(t, f) != 3 {
			t.Error("a mended pair is not served")
		}
		if said := strings.Count(out.String(), "certificate reloaded"); said != 2 {
			t.Errorf("%d pairs were said to be taken", said)
		}
	})
}

// Whoever renews writes one file, then the other.
func TestAPairHalfWrittenIsNotRead(t *testing.T) {
	watched(t, func(t *testing.T, f *Files, out fmt.Stringer) {
		cert, key, later := f.certFile, f.keyFile, t.TempDir()
		newCert, newKey := pair(t, later, 2)
		time.Sleep(lookEvery / 2) // between two looks
		for _, move := range [][2]string{{newCert, cert}, {newKey, key}} {
			if err := os.Rename(move[0], move[1]); err != nil {
				t.Fatal(err)
			}
			time.Sleep(lookEvery)
		}
		time.Sleep(lookEvery)
		synctest.Wait()
		if served(t, f) != 2 || strings.Contains(out.String(), "WARN") {
			t.Errorf("%d is served, and said was %q", served(t, f), out)
		}
	})
}

// TestAPairThatMayBeReadOnlyLaterIsTaken: some who renew write a file and give rights to it afterwards, which changes
// neither its time nor its size. Here its bytes change in that way, for root may read all there is.
func TestAPairThatMayBeReadOnlyLaterIsTaken(t *testing.T) {
	watched(t, func(t *testing.T, f *Files, out fmt.Stringer) {
		newCert, newKey := pair(t, t.TempDir(), 2)
		key, err := os.ReadFile(newKey)
		if err != nil {
			t.Fatal(err)
		}
		when := time.Now()
		inPlace := func(content []byte) {
			if err := errors.Join(os.WriteFile(newKey, content, 0o600), os.Chtimes(newKey, when, when)); err != nil {
				t.Fatal(err)
			}
		}
		inPlace(make([]byte, len(key)))
		if err := errors.Join(os.Rename(newCert, f.certFile), os.Rename(newKey, f.keyFile)); err != nil {
			t.Fatal(err)
		}
		newKey = f.keyFile
		looks := func() { time.Sleep(5 * lookEvery); synctest.Wait() }
		looks()
		if said := strings.Count(out.String(), "level=WARN"); served(t, f) != 1 || said != 1 {
			t.Errorf("a pair that cannot be read: %d is served, and told of %d times", served(t, f), said)
		}
		inPlace(key)
		looks()
		if served(t, f) != 2 {
			t.Error("a pair that can be read at last is not served")
		}
	})
}

func TestFilesThatAreNoPairAreRefused(t *testing.T) {
	cert, _ := pair(t, t.TempDir(), 1)
	_, key := pair(t, t.TempDir(), 2)
	for name, files := range map[string][2]string{"of two pairs": {cert, key}, "no files": {"none.pem", "none.pem"}, "twice the certificate": {cert, cert}} {
		if _, err := OpenFiles(files[0], files[1], nil); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
