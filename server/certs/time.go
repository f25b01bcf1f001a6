package certs

import (
	"crypto/x509"
	"time"
)

// soon is how long before its end a certificate that is still there was forgotten: whoever renews does so weeks before.
const soon = 7 * 24 * time.Hour

// watchTime says, once for each certificate and each reason, that browsers refuse it or will do so soon. It is served
// all the same: who knows it may go on, and without one nobody gets in.
func (f *Files) watchTime() {
	leaf := f.current.Load().Leaf
	trouble := outOfTime(leaf, time.Now())
	if trouble == f.warned {
		return
	}
	if f.warned = trouble; trouble != "" {
		f.log.Warn(trouble, "not_before", leaf.NotBefore.UTC(), "not_after", leaf.NotAfter.UTC(), "file", f.certFile)
	}
}

// outOfTime is what is wrong with the time of a certificate; empty: nothing.
func outOfTime(leaf *x509.Certificate, now time.Time) string {
	lasts := leaf.NotAfter.Sub(leaf.NotBefore)
	switch {
	case now.Before(leaf.NotBefore):
		return "certificate is not valid yet, browsers refuse it"
	case now.After(leaf.NotAfter):
		return "certificate has expired, browsers refuse it"
	case leaf.NotAfter.Sub(now) <= min(soon, lasts/3): // some last for six days, and are renewed every third one
		return "certificate expires soon and was not renewed"
	}
	return ""
}
