package turnserver

import (
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// addressed is one end of a pipe, with an address of the kind that clients have.
type addressed struct{ net.Conn }

var client = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5}

func (addressed) RemoteAddr() net.Addr { return client }

// lives tells how long a connection stays open whose client says a byte a second and takes no answer; allocated after, and
// freed after, where these are not 0.
func lives(t *testing.T, allocated, freed, talk time.Duration) (lived time.Duration) {
	synctest.Test(t, func(*testing.T) {
		in := newIntake()
		ours, theirs := net.Pipe()
		begun := time.Now()
		go in.put(addressed{ours})
		conn, err := in.Accept()
		if err != nil {
			t.Fatal(err)
		}
		var talking sync.WaitGroup
		talking.Go(func() {
			for range time.Tick(time.Second) {
				if _, err := theirs.Write([]byte{0}); err != nil || time.Since(begun) >= talk {
					return
				}
			}
		})
		if allocated > 0 {
			time.AfterFunc(allocated, func() { in.allocated(client, nil, "", "", "", nil, 0) })
		}
		if freed > 0 {
			time.AfterFunc(freed, func() { in.freed(client, nil, "", "", "") })
		}
		for err == nil {
			_, err = conn.Read(make([]byte, 100))
		}
		lived = time.Since(begun)
		_, _ = conn.Close(), theirs.Close()
		talking.Wait()
	})
	return lived
}

func TestAConnectionThatHasNoAllocationEnds(t *testing.T) {
	for name, c := range map[string]struct{ allocated, freed, talk, want time.Duration }{
		"a silent stranger":           {0, 0, 0, 30 * time.Second},
		"a stranger that talks on":    {0, 0, time.Hour, 30 * time.Second},
		"a client that is silent":     {10 * time.Second, 0, 20 * time.Second, 20*time.Second + silenceTimeout},
		"one that gave it back":       {10 * time.Second, time.Minute, 20 * time.Second, 90 * time.Second},
		"the same, but it talks on":   {10 * time.Second, time.Minute, time.Hour, 90 * time.Second},
		"one that talks for a minute": {10 * time.Second, 0, time.Minute, time.Minute + silenceTimeout},
	} {
		if got := lives(t, c.allocated, c.freed, c.talk); got != c.want {
			t.Errorf("%s: %v in place of %v", name, got, c.want)
		}
	}
}
