//go:build unix && !linux

package listen

// Hangups is where the system would tell that the other side of a connection is gone. Only Linux is asked to; elsewhere
// Polled is false, and HungUp is asked with each heartbeat.
type Hangups struct{}

// NewHangups has nothing to start here.
func NewHangups() (*Hangups, error) { return &Hangups{}, nil }

// Close has nothing to stop here.
func (h *Hangups) Close() error { return nil }

// Watch never calls gone here.
func (h *Hangups) Watch(*Conn, func()) (uint64, error) { return 0, nil }

// Forget has nothing to forget here.
func (h *Hangups) Forget(uint64) {}

// Polled says that HungUp has to be asked.
func (h *Hangups) Polled() bool { return false }
