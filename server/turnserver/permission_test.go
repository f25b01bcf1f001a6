package turnserver_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"yodel/server/turnserver"
)

// somebody is on the network, at this address.
func somebody(t *testing.T, address string) net.PacketConn {
	t.Helper()
	socket, err := net.ListenPacket("udp4", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	return socket
}

// flood sends to a relayed end from the network until the server has refused some of it.
func (h *house) flood(from net.PacketConn, to end, reason string) {
	h.t.Helper()
	at := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: to.LocalAddr().(*net.UDPAddr).Port}
	h.until("packets are refused for "+reason, func() bool {
		for range 10 {
			if _, err := from.WriteTo(make([]byte, 1000), at); err != nil {
				h.t.Fatal(err)
			}
		}
		return h.refusals(reason) >= 20
	})
}

// TestOutsideAStrangerSilencesNobody floods a relayed address, which anybody may know.
func TestOutsideAStrangerSilencesNobody(t *testing.T) {
	h := open(t, turnserver.Config{Outside: outside("127.0.0.1/32"), BytesPerSecond: 4000})
	ours, friend := h.allocate("udp", "r", ann), echo(t)
	if _, err := ours.WriteTo([]byte("hello"), friend); err != nil {
		t.Fatal(err)
	}
	hear(t, ours, "hello")
	h.flood(somebody(t, "127.0.0.2"), ours, "permission")
	if _, bytes, _ := h.Stats(); bytes > 2*5 {
		t.Errorf("%d bytes of a stranger count as relayed", bytes-2*5)
	}
	if _, err := ours.WriteTo([]byte("still there?"), friend); err != nil {
		t.Fatal(err)
	}
	hear(t, ours, "still there?")
}

// TestOutsideWhatComesCostsNothingOfWhatGoes: not even where it is wanted, if only once.
func TestOutsideWhatComesCostsNothingOfWhatGoes(t *testing.T) {
	h := open(t, turnserver.Config{Outside: outside("127.0.0.1/32"), BytesPerSecond: 4000})
	ours, friend := h.allocate("udp", "r", ann), somebody(t, "127.0.0.1")
	ours.permitsAddress(t, friend.LocalAddr())
	h.flood(friend, ours, "rate")
	if _, err := ours.WriteTo(make([]byte, 1400), friend.LocalAddr()); err != nil { // a third of a second's worth
		t.Fatal(err)
	}
	_ = friend.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, _, err := friend.ReadFrom(make([]byte, 1500)); n != 1400 {
		t.Errorf("of 1400 bytes come %d: %v", n, err)
	}
}

// TestPacketsOfNothingAreNotFree sends what has headers alone.
func TestPacketsOfNothingAreNotFree(t *testing.T) {
	h := open(t, turnserver.Config{BytesPerSecond: 6000}) // a hundred of them
	a, b := h.allocate("tcp", "r", ann), h.allocate("tcp", "r", ben)
	b.permits(t, a)
	for range 500 {
		say(t, a, b, "")
	}
	h.until("they are too many", func() bool { return h.refusals("rate") >= 100 })
}

// TestAnotherAllocationHasNoOtherPace: what a peer has used up stays so.
func TestAnotherAllocationHasNoOtherPace(t *testing.T) {
	h := open(t, turnserver.Config{BytesPerSecond: 100})
	b := h.allocate("tcp", "r", ben)
	for n := range int64(3) {
		a := h.allocate("tcp", "r", ann)
		b.permits(t, a)
		say(t, a, b, strings.Repeat("x", 1400)) // most of what it may say at once
		h.until("that is too much again", func() bool {
			_, bytes, _ := h.Stats()
			return bytes == 1400 && h.refusals("rate") == n
		})
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		h.allocations(1)
	}
}

// TestAnAllocationHoldsOnlySoMuch: permissions and channels of one more (RFC 8656 §10.2 has the code), and goes on with
// those it has.
func TestAnAllocationHoldsOnlySoMuch(t *testing.T) {
	h := open(t, turnserver.Config{Outside: outside()})
	a := h.asker("tcp", ann)
	a.mustHold(udp)
	permit := func(peers ...int) int {
		t.Helper()
		var all []stun.Setter
		for _, n := range peers {
			all = append(all, peerAt(fmt.Sprintf("9.9.%d.%d:80", n>>8, n&0xff)))
		}
		return codeOf(a.ask(stun.MethodCreatePermission, all...))
	}
	for n := range 32 {
		if code := permit(2*n, 2*n+1); code != 0 {
			t.Fatalf("after %d: %d", 2*n, code)
		}
	}
	for what, c := range map[string]struct {
		peers []int
		want  int
	}{"one more": {[]int{64}, 508}, "one more beside one there is": {[]int{1, 64}, 508}, "those there are": {[]int{0, 63}, 0}} {
		if code := permit(c.peers...); code != c.want {
			t.Errorf("%s: %d", what, code)
		}
	}
	if n := h.refusals("quota"); n != 2 {
		t.Errorf("%d refusals are counted", n)
	}
}

func TestAnAllocationHasOnlySoManyChannels(t *testing.T) {
	h := open(t, turnserver.Config{})
	a := h.asker("tcp", ann)
	a.mustHold(udp)
	bind := func(n int) int {
		t.Helper()
		return codeOf(a.ask(stun.MethodChannelBind, channel(uint16(0x4000+n)), peerAt(fmt.Sprint("192.0.0.8:", 1024+n))))
	}
	for n := range 128 {
		if code := bind(n); code != 0 {
			t.Fatalf("after %d: %d", n, code)
		}
	}
	if code := bind(128); code != 508 {
		t.Errorf("one more: %d", code)
	}
	if code := bind(0); code != 0 {
		t.Errorf("one there is: %d", code)
	}
	a.ask(stun.MethodRefresh, raw(stun.AttrLifetime, binary.BigEndian.AppendUint32(nil, 0)...))
	a.mustHold(udp)
	if code := bind(128); code != 0 {
		t.Errorf("in another allocation: %d", code)
	}
}

// TestAPermissionThatIsGivenAgainCounts, in an allocation of the same client, which may have the same address.
func TestAPermissionThatIsGivenAgainCounts(t *testing.T) {
	h := open(t, turnserver.Config{})
	b := h.allocate("tcp", "r", ben)
	for range 20 {
		a := h.asker("udp", ann)
		for range 3 {
			ours := relayedAddress(t, a.mustHold(udp))
			b.permitsAddress(t, ours)
			a.ask(stun.MethodCreatePermission, peerAt(b.LocalAddr().String()))
			if _, err := b.WriteTo([]byte("hello there"), ours); err != nil {
				t.Fatal(err)
			}
			if got := string(a.read()); !strings.Contains(got, "hello there") {
				t.Fatalf("heard %q", got)
			}
			a.ask(stun.MethodRefresh, raw(stun.AttrLifetime, 0, 0, 0, 0))
		}
	}
}
