package listen

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"time"
)

// bytesOf are n bytes that no two places of a stream have in common for long.
func bytesOf(n int) []byte {
	random := rand.NewChaCha8([32]byte{1})
	out := make([]byte, n)
	_, _ = random.Read(out)
	return out
}

// readAll reads in the background until the end, or for as much as was meant to come.
func readAll(from io.Reader, n int) <-chan []byte {
	got := make(chan []byte, 1)
	go func() {
		all := make([]byte, n)
		read, _ := io.ReadFull(from, all)
		got <- all[:read]
	}()
	return got
}

// fill writes to a reader that reads nothing until the network takes no more, and returns how much that was.
func fill(t *testing.T, w io.Writer, c *Conn, data []byte) (written int) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for c.Pending() == 0 && written < len(data) {
			n, err := w.Write(data[written:min(len(data), written+64<<10)])
			written += n
			if err != nil {
				t.Errorf("write: %v", err)
				return
			}
		}
	}()
	within(t, "writing to who does not read", done)
	if c.Pending() == 0 {
		t.Fatal("the network takes everything")
	}
	return written
}

func TestADetachedConnectionNeverBlocks(t *testing.T) {
	conn, client := pairs(t)()
	if err := conn.Detach(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	data := bytesOf(32 << 20)
	written := fill(t, conn, conn, data)
	before := conn.Pending()
	if n, err := conn.Write(data[written : written+1000]); n != 1000 || err != nil || conn.Pending() != before+1000 {
		t.Errorf("writing on: %d, %v, %d pending after %d", n, err, conn.Pending(), before)
	}
	written += 1000
	got := readAll(client, written)
	if err := conn.Flush(time.Now().Add(patience)); err != nil || conn.Pending() != 0 {
		t.Errorf("flush: %v, %d pending", err, conn.Pending())
	}
	if !bytes.Equal(<-got, data[:written]) {
		t.Error("what arrives is not what was written")
	}
	got = readAll(client, 5)
	if _, err := conn.Write([]byte("again")); err != nil || conn.Pending() != 0 || string(<-got) != "again" {
		t.Errorf("after a flush: %v, %d pending", err, conn.Pending())
	}
}

func TestWhatIsPendingGoesFirst(t *testing.T) {
	conn, client := pairs(t)()
	_ = conn.Detach(20 * time.Second)
	data := bytesOf(32 << 20)
	written := fill(t, conn, conn, data)
	taken := written - conn.Pending()
	if got := <-readAll(client, taken); !bytes.Equal(got, data[:taken]) {
		t.Error("what arrives is not what was written")
	}
	n, err := conn.Write(data[written : written+1000]) // now there is room for it in the network
	if written += n; err != nil {
		t.Fatal(err)
	}
	got := readAll(client, written-taken)
	if err := conn.Flush(time.Now().Add(patience)); err != nil || !bytes.Equal(<-got, data[taken:written]) {
		t.Errorf("what arrives is not what was written: %v", err)
	}
}

func TestABacklogIsBounded(t *testing.T) {
	conn, _ := pairs(t)()
	_ = conn.Detach(20 * time.Second)
	data := bytesOf(32 << 20)
	fill(t, conn, conn, data)
	if _, err := conn.Write(data[:maxPending-conn.Pending()]); err != nil {
		t.Errorf("just what fits: %v", err)
	}
	if n, err := conn.Write(data[:1]); !errors.Is(err, ErrBacklog) || n != 0 {
		t.Errorf("a byte more: %d, %v", n, err)
	}
}

func TestAFlushHasAnEnd(t *testing.T) {
	conn, _ := pairs(t)()
	_ = conn.Detach(20 * time.Second)
	fill(t, conn, conn, bytesOf(32<<20))
	if err := conn.Flush(time.Now().Add(20 * time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("flush to who does not read: %v", err)
	}
}

func TestAFlushEndsWithTheConnection(t *testing.T) {
	conn, _ := pairs(t)()
	_ = conn.Detach(20 * time.Second)
	fill(t, conn, conn, bytesOf(32<<20))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := conn.Flush(time.Now().Add(time.Hour)); err == nil {
			t.Error("flushed")
		}
	}()
	_ = conn.Close()
	within(t, "flushing", done)
	if _, err := conn.Write([]byte("more")); err == nil {
		t.Error("a closed connection takes more")
	}
	if conn.Detach(time.Second) == nil {
		t.Error("a closed connection is detached")
	}
}

// TestTLSStaysWholeAboveADetachedConnection fills the network in the middle of TLS records, again and again.
func TestTLSStaysWholeAboveADetachedConnection(t *testing.T) {
	config, trusting := secured()
	conn, tcp := pairs(t)()
	server, client := tls.Server(conn, config), tls.Client(tcp, trusting)
	shaken := make(chan error, 1)
	go func() { shaken <- client.Handshake() }()
	if err := errors.Join(server.Handshake(), <-shaken); err != nil {
		t.Fatal(err)
	}
	_ = conn.Detach(20 * time.Second)
	for round := range 3 {
		data := bytesOf(24 << 20)
		written := fill(t, server, conn, data)
		for _, size := range []int{1, 100, 20_000} { // pending records grow
			n, err := server.Write(data[written : written+size])
			if written += n; err != nil {
				t.Fatal(err)
			}
		}
		got := readAll(client, written)
		if err := conn.Flush(time.Now().Add(patience)); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if !bytes.Equal(<-got, data[:written]) {
			t.Fatalf("round %d: what arrives is not what was written", round)
		}
	}
}

func TestBeforeItIsDetachedAWriteWaits(t *testing.T) {
	conn, client := pairs(t)()
	data := bytesOf(32 << 20)
	got := readAll(client, len(data))
	if n, err := conn.Write(data); n != len(data) || err != nil || conn.Pending() != 0 {
		t.Errorf("%d, %v, %d pending", n, err, conn.Pending())
	}
	if !bytes.Equal(<-got, data) {
		t.Error("what arrives is not what was written")
	}
}

func TestHungUp(t *testing.T) {
	for what, c := range map[string]struct {
		does func(*net.TCPConn)
		want bool
	}{
		"nothing":      {func(*net.TCPConn) {}, false},
		"says a thing": {func(c *net.TCPConn) { _, _ = c.Write([]byte("hi")) }, false},
		"closes":       {func(c *net.TCPConn) { _ = c.Close() }, true},
		"half-closes":  {func(c *net.TCPConn) { _ = c.CloseWrite() }, true},
		"breaks off":   {reset, true},
	} {
		conn, client := pairs(t)()
		c.does(client)
		deadline := time.Now().Add(patience)
		for c.want && !conn.HungUp() && time.Now().Before(deadline) {
			waitReadable(conn)
		}
		for range 2 { // asking changes nothing
			if got := conn.HungUp(); got != c.want {
				t.Errorf("when it %s: %v", what, got)
			}
		}
		if what == "says a thing" && string(<-readAll(conn, 2)) != "hi" {
			t.Error("asking takes what was said")
		}
	}
	conn, _ := pairs(t)()
	_ = conn.Close()
	if !conn.HungUp() {
		t.Error("a closed connection is said to be open")
	}
}

// reset closes with a RST.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// waitReadable waits for news of the other side, a short while.
func waitReadable(c *Conn) {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, _ = c.tell(&Options{})
	_ = c.SetReadDeadline(time.Time{})
}

func TestTellingTakesNothing(t *testing.T) {
	conn, client := pairs(t)()
	_, _ = client.Write([]byte("hello"))
	if what, err := conn.tell(&Options{}); err != nil || what != isHTTP {
		t.Fatalf("%v, %v", what, err)
	}
	if got := string(<-readAll(conn, 5)); got != "hello" {
		t.Errorf("then %q", got)
	}
}
