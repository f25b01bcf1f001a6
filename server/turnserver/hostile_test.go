package turnserver_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"yodel/server/ice"
	"yodel/server/turnserver"
)

// attributes are what a TURN request may hold (RFC 8656 §18, RFC 6062 §6.2) and what makes a server do something.
var attributes = []stun.AttrType{
	stun.AttrChannelNumber, stun.AttrLifetime, stun.AttrXORPeerAddress, stun.AttrData, stun.AttrXORRelayedAddress, stun.AttrRequestedAddressFamily,
	stun.AttrEvenPort, stun.AttrRequestedTransport, stun.AttrDontFragment, stun.AttrReservationToken, stun.AttrConnectionID,
}

var methods = []stun.Method{
	stun.MethodAllocate, stun.MethodRefresh, stun.MethodSend, stun.MethodData, stun.MethodCreatePermission, stun.MethodChannelBind,
	stun.MethodConnect, stun.MethodConnectionBind, stun.MethodBinding,
}

// attribute is one that is right, of the wrong length, or noise.
func attribute(random *rand.Rand) stun.RawAttribute {
	made := stun.RawAttribute{Type: attributes[random.IntN(len(attributes))]}
	length, known := lengths[made.Type]
	if !known || random.IntN(4) == 0 {
		length = []int{0, 1, 4, 8, 20, 100}[random.IntN(6)]
	}
	made.Value = make([]byte, length)
	for i := range made.Value {
		made.Value[i] = byte(random.Uint32())
	}
	return made
}

var lengths = map[stun.AttrType]int{
	stun.AttrChannelNumber: 4, stun.AttrLifetime: 4, stun.AttrXORPeerAddress: 8, stun.AttrEvenPort: 1, stun.AttrReservationToken: 8, stun.AttrConnectionID: 4,
}

// transport is UDP, mostly.
func transport(random *rand.Rand) stun.RawAttribute {
	return stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{[]byte{17, 17, 17, 6, 0}[random.IntN(5)], 0, 0, 0}}
}

// TestNoRequestBreaksTheServer has a peer with a good credential ask for whatever it likes.
func TestNoRequestBreaksTheServer(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, outside := range []*turnserver.Outside{nil, outside()} {
		h := open(t, turnserver.Config{MaxAllocationsPerPeer: 50, Outside: outside})
		name := fmt.Sprintf("%d:%s", time.Now().Add(time.Minute).Unix(), ice.UserName("r", ann))
		for range 30 {
			h.bother(random, name, h.udp)
			h.bother(random, name, h.tcp)
		}
		a, b := h.allocate("udp", "r", ben), h.allocate("tcp", "r", ben)
		a.permits(t, b)
		b.permits(t, a)
		say(t, a, b, "still there?")
		hear(t, b, "still there?")
	}
}

// bother sends some requests from one address, the first of which tells the nonce for the others.
func (h *house) bother(random *rand.Rand, name string, at net.Addr) {
	h.t.Helper()
	conn, err := net.Dial(at.Network(), at.String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() }) // not before: the next client must not get its port, and with that its allocation
	var nonce stun.Nonce
	for range 20 {
		setters := []stun.Setter{stun.TransactionID, stun.NewType(methods[random.IntN(len(methods))], []stun.MessageClass{stun.ClassRequest, stun.ClassIndication}[random.IntN(8)/7])}
		if random.IntN(4) > 0 {
			setters = append(setters, transport(random))
		}
		for range random.IntN(4) {
			setters = append(setters, attribute(random))
		}
		if nonce == nil {
			setters = []stun.Setter{stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest), stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}}
		} else {
			setters = append(setters, stun.NewUsername(name), stun.NewRealm(turnserver.Realm), nonce, stun.NewLongTermIntegrity(name, turnserver.Realm, ice.Password(secret, name)))
		}
		asked, err := stun.Build(setters...)
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := conn.Write(asked.Raw); err != nil {
			h.t.Fatal(err)
		}
		if nonce == nil {
			nonce = h.nonce(conn)
		}
	}
}

func (h *house) nonce(conn net.Conn) (nonce stun.Nonce) {
	h.t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	answer := &stun.Message{Raw: make([]byte, 1500)}
	n, err := conn.Read(answer.Raw)
	if err != nil {
		h.t.Fatal(err)
	}
	answer.Raw = answer.Raw[:n]
	if err := answer.Decode(); err != nil {
		h.t.Fatal(err)
	}
	if err := nonce.GetFrom(answer); err != nil {
		h.t.Fatal(err)
	}
	return nonce
}
