package turnserver

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// known is a connection whose client is known by an address of its own.
type known struct {
	net.Conn
	client net.Addr
}

func (k known) RemoteAddr() net.Addr { return k.client }

// visit is a connection that says something every so often, until it is closed.
type visit struct {
	in     *intake
	client net.Addr
	began  time.Time
	ended  chan time.Duration
}

func (in *intake) visit(every time.Duration) *visit {
	ours, theirs := net.Pipe()
	v := &visit{in: in, client: &net.TCPAddr{}, began: time.Now(), ended: make(chan time.Duration, 1)}
	go in.put(known{ours, v.client})
	conn, _ := in.Accept()
	go func() {
		for data := make([]byte, maxPacket); ; {
			if _, err := conn.Read(data); err != nil {
				_ = conn.Close()
				v.ended <- time.Since(v.began)
				return
			}
		}
	}()
	go func() {
		for {
			time.Sleep(every)
			if _, err := theirs.Write(keepAlive[:]); err != nil {
				return
			}
		}
	}()
	return v
}

// lasts waits for the end, and fails the test unless it comes then.
func (v *visit) lasts(t *testing.T, want time.Duration) {
	t.Helper()
	if got := <-v.ended; got != want {
		t.Errorf("it lasts %v, not %v", got, want)
	}
}

// TestAStrangerGoes although it says something now and then, and so does who was none before.
func TestAStrangerGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{holders: holders{all: map[holder]held{}}}
		in := newIntake(s)
		in.visit(29*time.Second).lasts(t, 30*time.Second)
		v := in.visit(5 * time.Minute)
		in.allocated(v.client)
		in.allocated(v.client) // the next one, before pion has told that the one before is gone
		in.deleted(v.client)
		time.Sleep(time.Hour + 10*time.Second)
		in.deleted(v.client)
		v.lasts(t, time.Hour+40*time.Second)
		v = in.visit(time.Hour)
		in.allocated(v.client)
		v.lasts(t, 11*time.Minute)
		in.deleted(v.client)
		if open, strangers := in.count(); open != 0 || strangers != 0 {
			t.Errorf("%d connections are left, %d strangers", open, strangers)
		}
		time.Sleep(time.Hour) // the last words of all
	})
}

// TestThereAreOnlySoManyStrangers: the oldest goes, and nobody who has an allocation.
func TestThereAreOnlySoManyStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newIntake(&Server{holders: holders{all: map[holder]held{}}})
		in.strangers.most = 2
		guest := in.visit(time.Minute)
		in.allocated(guest.client)
		first := in.visit(time.Hour)
		second, third := in.visit(time.Hour), in.visit(time.Hour)
		first.lasts(t, 0)
		if open, strangers := in.count(); open != 3 || strangers != 2 {
			t.Errorf("%d connections, %d strangers", open, strangers)
		}
		in.deleted(guest.client) // is the youngest of them now
		second.lasts(t, 0)
		time.Sleep(time.Second)
		in.visit(time.Hour)
		third.lasts(t, time.Second)
		guest.lasts(t, 30*time.Second)
		time.Sleep(2 * time.Second)
		if open, _ := in.count(); open != 0 {
			t.Errorf("%d connections are left", open)
		}
		time.Sleep(time.Hour)
	})
}
