package turnserver

import (
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// backlog is how many packets wait for one relayed end. Media that is later than that is of no use to anybody.
	backlog = 256
	// maxPacket is the most that one relayed packet holds; pion reads no more at a time either.
	maxPacket = 1600
)

// end is one relayed address: a net.PacketConn for pion, whose other side is the fabric.
type end struct {
	fabric *fabric        // set once
	user   *user          // set once
	at     place          // set once
	addr   *net.UDPAddr   // set once
	socket net.PacketConn // set once: the same address on the network; nil: it has none

	permitted permissions

	arrived chan *packet
	gone    chan struct{}
	done    atomic.Bool // pion has closed it
	close   sync.Once
}

type packet struct {
	from *net.UDPAddr
	data []byte
	room [maxPacket]byte // what data lies in
}

var packets = sync.Pool{New: func() any { return new(packet) }}

func newEnd(f *fabric, u *user, at place, socket net.PacketConn) *end {
	return &end{
		fabric: f, user: u, at: at, addr: &net.UDPAddr{IP: f.address(at.six), Port: int(at.port)}, socket: socket, permitted: newPermissions(),
		arrived: make(chan *packet, backlog), gone: make(chan struct{}),
	}
}

// ReadFrom implements net.PacketConn: the next packet that another end of the same room sent here, or the network.
func (e *end) ReadFrom(p []byte) (int, net.Addr, error) {
	select {
	case next := <-e.arrived:
		n := copy(p, next.data)
		from := next.from
		packets.Put(next)
		return n, from, nil
	case <-e.gone:
		if e.done.Load() {
			// pion, which reads in a goroutine of its own, would delete the client's allocation once more, and that may be the
			// next one by now.
			runtime.Goexit()
		}
		return 0, nil, net.ErrClosed
	}
}

// WriteTo implements net.PacketConn. Like on any network of datagrams, what cannot be delivered is dropped: it is not
// the sender's error, and nobody waits for a slow receiver.
func (e *end) WriteTo(p []byte, addr net.Addr) (int, error) {
	counts := e.fabric.counts
	udp, ok := addr.(*net.UDPAddr)
	if !ok { // pion knows no others
		return len(p), nil
	}
	if !e.fabric.inside(udp.IP) {
		e.sendOut(p, udp)
		return len(p), nil
	}
	to := e.fabric.find(udp)
	switch {
	case to == nil || len(p) > maxPacket: // left, most likely
	case to.user.room != e.user.room:
		counts.refuse(foreignRoom)
	case !e.user.maySend(len(p)):
		counts.refuse(tooFast)
	case !to.permitted.has(e.addr.IP):
		counts.refuse(strangePeer)
	case !to.take(p, e.addr):
		counts.refuse(tooSlow)
	default:
		counts.bytes.Add(int64(len(p)))
	}
	return len(p), nil
}

// take puts a copy of a packet into the backlog; false where that is full.
func (e *end) take(p []byte, from *net.UDPAddr) bool {
	next := packets.Get().(*packet)
	next.from, next.data = from, next.room[:copy(next.room[:], p)]
	select {
	case e.arrived <- next:
		return true
	default:
		packets.Put(next)
		return false
	}
}

// Close implements net.PacketConn. It may be called more than once.
func (e *end) Close() error {
	e.done.Store(true)
	e.cut()
	return nil
}

// cut closes the end; pion deletes the allocation when reading from it fails.
func (e *end) cut() {
	e.close.Do(func() {
		close(e.gone)
		e.fabric.close(e)
		if e.socket != nil {
			_ = e.socket.Close()
		}
		e.user.release()
	})
}

// LocalAddr implements net.PacketConn.
func (e *end) LocalAddr() net.Addr { return e.addr }

// SetDeadline implements net.PacketConn. There are no deadlines on the fabric; pion asks for none.
func (e *end) SetDeadline(time.Time) error { return os.ErrNoDeadline }

// SetReadDeadline implements net.PacketConn.
func (e *end) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// SetWriteDeadline implements net.PacketConn.
func (e *end) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
