package listen

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

func newHangups(t *testing.T) *Hangups {
	t.Helper()
	h, err := NewHangups()
	if err != nil {
		t.Fatal(err)
	}
	if !h.Polled() {
		t.Error("hangups have to be asked for")
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// watch tells when the other side is gone; a second time fails the test.
func watch(t *testing.T, h *Hangups, c *Conn) (gone chan struct{}, key uint64) {
	t.Helper()
	gone = make(chan struct{})
	var calls atomic.Int32
	key, err := h.Watch(c, func() {
		if calls.Add(1) > 1 {
			t.Error("told twice")
			return
		}
		close(gone)
	})
	if err != nil {
		t.Fatal(err)
	}
	return gone, key
}

func TestAHangupIsNoticed(t *testing.T) {
	for what, hangUp := range map[string]func(*net.TCPConn){
		"closed":      func(c *net.TCPConn) { _ = c.Close() },
		"half-closed": func(c *net.TCPConn) { _ = c.CloseWrite() },
		"broken off":  reset,
		"closed behind unread data": func(c *net.TCPConn) {
			_, _ = c.Write([]byte("unread"))
			_ = c.Close()
		},
	} {
		t.Run(what, func(t *testing.T) {
			h, open := newHangups(t), pairs(t)
			h.last = 1<<40 - 1 // keys are larger than a descriptor
			conn, client := open()
			gone, key := watch(t, h, conn)
			if key == 0 {
				t.Error("a key is 0, which means none")
			}
			other, _ := open()
			stays, _ := watch(t, h, other)
			hangUp(client)
			within(t, "waiting for the hangup", gone)
			select {
			case <-stays:
				t.Error("another is told")
			default:
			}
			late, lateClient := open()
			hangUp(lateClient)
			gone, _ = watch(t, h, late) // gone already, maybe, when the watch begins
			within(t, "waiting for the hangup before", gone)
		})
	}
}

// barrier returns when what was to be noticed so far has been.
func barrier(t *testing.T, h *Hangups, open func() (*Conn, *net.TCPConn)) {
	t.Helper()
	for range 3 {
		conn, client := open()
		gone, _ := watch(t, h, conn)
		_ = client.Close()
		within(t, "waiting", gone)
	}
}

func TestDataIsNoHangup(t *testing.T) {
	h, open := newHangups(t), pairs(t)
	conn, client := open()
	gone, _ := watch(t, h, conn)
	for range 10 {
		_, _ = client.Write([]byte("still here"))
		barrier(t, h, open)
	}
	select {
	case <-gone:
		t.Error("data is taken for a hangup")
	default:
	}
	_ = client.Close()
	within(t, "waiting for the hangup", gone)
}

func TestForgottenIsNotTold(t *testing.T) {
	h, open := newHangups(t), pairs(t)
	conn, client := open()
	gone, key := watch(t, h, conn)
	h.Forget(key)
	h.Forget(key)
	_ = client.Close()
	barrier(t, h, open)
	select {
	case <-gone:
		t.Error("told of a connection that is forgotten")
	default:
	}
	if h.mu.Lock(); len(h.waiting) != 0 {
		t.Errorf("%d watches are kept", len(h.waiting))
	}
	h.mu.Unlock()
}

// TestADescriptorThatIsUsedAgain has the next connection take the number of one that was closed while it was watched.
func TestADescriptorThatIsUsedAgain(t *testing.T) {
	h, open := newHangups(t), pairs(t)
	l := New(tcpListener(t), Options{})
	defer l.Close()
	reused := 0
	for range 50 {
		client := dial(t, l.Addr()) // who is accepted takes the lowest number that is free
		first, _ := open()
		firstGone, key := watch(t, h, first)
		number := descriptor(first)
		_ = first.Close()
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		second := accepted.(*Conn)
		defer second.Close()
		if descriptor(second) == number {
			reused++
		}
		secondGone, _ := watch(t, h, second)
		_ = client.Close()
		within(t, "waiting for the hangup", secondGone)
		select {
		case <-firstGone:
			t.Fatal("the connection before is told")
		default:
		}
		h.Forget(key)
	}
	if reused == 0 {
		t.Error("no number was used again, so nothing was proved")
	}
}

func descriptor(c *Conn) (number uintptr) {
	_ = c.raw.Control(func(fd uintptr) { number = fd })
	return number
}

func TestAClosedConnectionIsNotWatched(t *testing.T) {
	h, open := newHangups(t), pairs(t)
	conn, _ := open()
	_ = conn.Close()
	if key, err := h.Watch(conn, func() { t.Error("told") }); err == nil || key != 0 || len(h.waiting) != 0 {
		t.Errorf("key %d, %v", key, err)
	}
}

// TestThousandsOfWatches hangs up half of them, from many sides at once, while the other half stays.
func TestThousandsOfWatches(t *testing.T) {
	h, open := newHangups(t), pairs(t)
	const all = 2000
	clients := make([]*net.TCPConn, all)
	var told [all]atomic.Int32
	var waiting sync.WaitGroup
	for i := range all {
		var conn *Conn
		conn, clients[i] = open()
		if i%2 == 0 {
			waiting.Add(1)
		}
		if _, err := h.Watch(conn, func() {
			if told[i].Add(1) == 1 && i%2 == 0 {
				waiting.Done()
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	var hanging sync.WaitGroup
	for side := range 8 {
		hanging.Go(func() {
			for i := side * 2; i < all; i += 16 {
				_ = clients[i].Close()
			}
		})
	}
	hanging.Wait()
	done := make(chan struct{})
	go func() {
		defer close(done)
		waiting.Wait()
	}()
	within(t, "waiting for a thousand hangups", done)
	barrier(t, h, open)
	for i := range all {
		if got, want := told[i].Load(), int32(1-i%2); got != want {
			t.Fatalf("connection %d was told of %d times, want %d", i, got, want)
		}
	}
}

func TestCloseEndsTheWatching(t *testing.T) {
	h, open := newHangups(t), pairs(t)
	conn, client := open()
	gone, _ := watch(t, h, conn)
	again, err := NewHangups()
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil { // without a single watch
		t.Error(err)
	}
	if _, err := again.Watch(conn, func() {}); err == nil {
		t.Error("watched after the end")
	}
	_ = client.Close()
	within(t, "waiting for the hangup", gone)
}
