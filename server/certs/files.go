package certs

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// lookEvery is how often files are looked at. A look is two calls of stat.
const lookEvery = time.Second

// Files is a certificate from two PEM files, which somebody else renews.
type Files struct {
	// set once in OpenFiles
	certFile, keyFile string
	log               *slog.Logger

	current atomic.Pointer[tls.Certificate]
	loaded  stamp  // what current was read from; owned by Watch
	told    string // why what is there now was not taken; owned by Watch
	warned  string // what was said last of current's time; owned by Watch
}

// OpenFiles reads the pair, which must be good; Watch goes on from there. Here a pipe may stand for a file, as a shell
// makes them (process substitution); it is read this once.
func OpenFiles(certFile, keyFile string, log *slog.Logger) (*Files, error) {
	f := &Files{certFile: certFile, keyFile: keyFile, log: log}
	f.loaded = f.look()
	pair, err := readPair(certFile, keyFile, os.ReadFile)
	if err != nil {
		return nil, err
	}
	f.current.Store(pair)
	f.watchTime()
	return f, nil
}

// Certificate is a Getter.
func (f *Files) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.current.Load(), nil
}

// Watch takes the pair anew whenever the files have changed, until ctx ends. Connections keep the certificate they
// began with. While a pair is broken, or may not be read yet, the one before stays, and each reason is told of once.
func (f *Files) Watch(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	before := f.loaded
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := f.look()
		// Whoever renews writes one file after the other: a pair is read once both have stood still from look to look.
		if now.same(before) && !now.same(f.loaded) {
			f.reload(now)
		}
		before = now
		f.watchTime()
	}
}

// reload takes what looked like now. Where it fails, the next look tries again: rights change without a trace in stamp.
func (f *Files) reload(now stamp) {
	pair, err := readPair(f.certFile, f.keyFile, readRegular)
	if err != nil {
		if f.told != err.Error() {
			f.told = err.Error()
			f.log.Warn("changed certificate is not good, the one before stays", "error", err)
		}
		return
	}
	f.loaded, f.told, f.warned = now, "", ""
	f.current.Store(pair)
	f.log.Info("certificate reloaded", "not_after", pair.Leaf.NotAfter.UTC())
}

// stamp is what two files look like from outside; a nil member is one that is not there.
type stamp [2]os.FileInfo

func (f *Files) look() stamp {
	var s stamp
	for i, name := range []string{f.certFile, f.keyFile} {
		s[i], _ = os.Stat(name) // through links, which is how many tools swap a pair
	}
	return s
}

func (s stamp) same(other stamp) bool {
	for i, a := range s {
		b := other[i]
		if a == nil || b == nil {
			if a != b {
				return false
			}
			continue
		}
		if !os.SameFile(a, b) || a.Mode().Type() != b.Mode().Type() { // numbers of files are used again
			return false
		}
		// The time of a pipe is that of its last write, which was for the reader at the start.
		if a.Mode().IsRegular() && (!a.ModTime().Equal(b.ModTime()) || a.Size() != b.Size()) {
			return false
		}
	}
	return true
}
