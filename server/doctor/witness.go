package doctor

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"sync"

	"github.com/pion/stun/v4"
)

// witness remembers what came from a STUN or TURN server: turn.Client drops refusals that it cannot verify, and asks on
// where a connection has ended.
type witness struct {
	net.PacketConn
	giveUp func() // called once nothing more is to come

	mu sync.Mutex
	// The rest is guarded by mu.
	asked   [stun.TransactionIDSize]byte // by the latest of our requests that matter
	heard   bool                         // an answer to any of them
	refused *stun.ErrorCodeAttribute     // the answer to the latest
	ended   error
	first   []byte // bytes of a stream, to tell who speaks there if nothing was heard
}

func (w *witness) WriteTo(packet []byte, to net.Addr) (int, error) {
	if m := message(packet); m != nil && m.Type.Class == stun.ClassRequest && matters(m) {
		w.mu.Lock()
		w.asked, w.refused = m.TransactionID, nil
		w.mu.Unlock()
	}
	if connected, ok := w.PacketConn.(*net.UDPConn); ok {
		return connected.Write(packet)
	}
	return w.PacketConn.WriteTo(packet, to)
}

func (w *witness) ReadFrom(packet []byte) (int, net.Addr, error) {
	n, from, err := w.PacketConn.ReadFrom(packet)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		w.mu.Lock()
		w.ended = err
		w.mu.Unlock()
		w.giveUp()
	} else if m := message(packet[:n]); m != nil && matters(m) {
		w.hear(m)
	}
	return n, from, err
}

func (w *witness) hear(m *stun.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.TransactionID != w.asked {
		return
	}
	w.heard = true
	var code stun.ErrorCodeAttribute
	if m.Type.Class != stun.ClassErrorResponse || code.GetFrom(m) != nil {
		return
	}
	code.Reason = bytes.Clone(code.Reason)
	w.refused = &code
	if m.Type.Method != stun.MethodCreatePermission && !slices.Contains(comeAgain, code.Code) {
		w.giveUp()
	}
}

// comeAgain are answers after which a client may: with credentials, with another nonce, or once there is room.
var comeAgain = []stun.ErrorCode{stun.CodeUnauthorized, stun.CodeStaleNonce, stun.CodeAllocQuotaReached}

// matters tells whether nothing is relayed without it; of the others a refusal changes nothing.
func matters(m *stun.Message) bool {
	return m.Type.Method == stun.MethodBinding || m.Type.Method == stun.MethodAllocate || m.Type.Method == stun.MethodCreatePermission
}

// message is nil where a packet is no STUN.
func message(packet []byte) *stun.Message {
	if !stun.IsMessage(packet) {
		return nil
	}
	m := &stun.Message{Raw: bytes.Clone(packet)}
	if m.Decode() != nil {
		return nil
	}
	return m
}

// tapped shows a witness the first bytes of a stream.
type tapped struct {
	net.Conn
	witness *witness
}

const firstBytes = 16

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.witness.mu.Lock()
	defer t.witness.mu.Unlock()
	if room := firstBytes - len(t.witness.first); room > 0 {
		t.witness.first = append(t.witness.first, p[:min(n, room)]...)
	}
	return n, err
}

// failure is what a witness makes of a try that failed; nil where all is silence.
func (w *witness) failure(host string) *failure {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.refused != nil:
		return refusal(int(w.refused.Code), string(w.refused.Reason))
	case !w.heard && bytes.HasPrefix(w.first, []byte("HTTP/")):
		return fail(NotTURN, w.ended, "something answers there in HTTP and not the relay: a proxy that looks into connections, or a web server")
	case !w.heard && len(w.first) > 0:
		return fail(NotTURN, w.ended, "something answers there that is no relay")
	case w.ended != nil:
		return explainNetwork(w.ended, host)
	case w.heard:
		return fail(NoPacket, nil, "the relay answers, but passes nothing on")
	}
	return nil
}
