package turnserver_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"yodel/server/ice"
	"yodel/server/turnserver"
)

// asker is a client that asks for whatever it is told to, and signs it.
type asker struct {
	t     *testing.T
	conn  net.Conn
	name  string
	nonce stun.Nonce
}

func (h *house) asker(network, peer string) *asker {
	h.t.Helper()
	at := h.udp
	if network == "tcp" {
		at = h.tcp
	}
	conn, err := net.Dial(network+"4", at.String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	a := &asker{t: h.t, conn: conn}
	a.as(peer)
	if err := a.nonce.GetFrom(a.send(unsigned(stun.MethodAllocate, udp))); err != nil {
		h.t.Fatal(err)
	}
	return a
}

// as goes on with the credential of this peer.
func (a *asker) as(peer string) {
	a.name = fmt.Sprintf("%d:%s", time.Now().Add(time.Minute).Unix(), ice.UserName("r", peer))
}

func unsigned(method stun.Method, parts ...stun.Setter) []stun.Setter {
	return append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, parts...)
}

func (a *asker) signed(method stun.Method, parts ...stun.Setter) []stun.Setter {
	return append(unsigned(method, parts...), stun.NewUsername(a.name), stun.NewRealm(turnserver.Realm), a.nonce,
		stun.NewLongTermIntegrity(a.name, turnserver.Realm, ice.Password(secret, a.name)), stun.Fingerprint)
}

// ask sends a signed request, and looks at the signature of the answer.
func (a *asker) ask(method stun.Method, parts ...stun.Setter) *stun.Message {
	a.t.Helper()
	answer := a.send(a.signed(method, parts...))
	if err := stun.NewLongTermIntegrity(a.name, turnserver.Realm, ice.Password(secret, a.name)).Check(answer); err != nil && codeOf(answer) != 438 {
		a.t.Errorf("the answer to %v is signed badly: %v", method, err)
	}
	return answer
}

func (a *asker) send(setters []stun.Setter) *stun.Message {
	a.t.Helper()
	request := a.tell(setters)
	answer := &stun.Message{Raw: a.read()}
	if err := answer.Decode(); err != nil {
		a.t.Fatal(err)
	}
	if answer.TransactionID != request.TransactionID || answer.Type.Method != request.Type.Method {
		a.t.Fatalf("the answer to %v is %v", request, answer)
	}
	return answer
}

// tell sends a message, and waits for nothing.
func (a *asker) tell(setters []stun.Setter) *stun.Message {
	a.t.Helper()
	told, err := stun.Build(setters...)
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.conn.Write(told.Raw); err != nil {
		a.t.Fatal(err)
	}
	return told
}

// read takes the next message.
func (a *asker) read() []byte {
	a.t.Helper()
	_ = a.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	data := make([]byte, 1500)
	n, err := a.conn.Read(data)
	if _, stream := a.conn.(*net.TCPConn); stream && err == nil && n >= 4 {
		end := 4 + int(binary.BigEndian.Uint16(data[2:]))
		if data[0]>>6 == 0 {
			end += 16
		}
		if end > n {
			_, err = io.ReadFull(a.conn, data[n:end])
			n = end
		}
	}
	if err != nil {
		a.t.Fatalf("no answer: %v", err)
	}
	return data[:n]
}

// codeOf is that of the error, or 0.
func codeOf(m *stun.Message) int {
	var code stun.ErrorCodeAttribute
	_ = code.GetFrom(m)
	return int(code.Code)
}

func raw(kind stun.AttrType, value ...byte) stun.Setter {
	return stun.RawAttribute{Type: kind, Value: value}
}

var (
	udp  = raw(stun.AttrRequestedTransport, 17, 0, 0, 0)
	tcp  = raw(stun.AttrRequestedTransport, 6, 0, 0, 0)
	six  = raw(stun.AttrRequestedAddressFamily, 2, 0, 0, 0)
	near = peerAt("192.0.0.8:4000") // on the fabric
	far  = peerAt("10.0.0.1:4000")
)

// peerAt is an XOR-PEER-ADDRESS.
type peerAt string

func (p peerAt) AddTo(m *stun.Message) error {
	at := netip.MustParseAddrPort(string(p))
	return stun.XORMappedAddress{IP: at.Addr().AsSlice(), Port: int(at.Port())}.AddToAs(m, stun.AttrXORPeerAddress)
}

func channel(number uint16) stun.Setter {
	return raw(stun.AttrChannelNumber, byte(number>>8), byte(number), 0, 0)
}

// TestEveryRefusalHasItsCode asks, over each transport, for what RFC 8489 and RFC 8656 have a code for.
func TestEveryRefusalHasItsCode(t *testing.T) {
	allocate, refresh, permit, bind := stun.MethodAllocate, stun.MethodRefresh, stun.MethodCreatePermission, stun.MethodChannelBind
	held := func(a *asker) *asker { a.mustHold(udp); return a }
	for name, tc := range map[string]struct {
		want int // 0: it succeeds
		do   func(a *asker) *stun.Message
	}{
		"allocate":                         {0, func(a *asker) *stun.Message { return a.ask(allocate, udp) }},
		"allocate: no credential":          {401, func(a *asker) *stun.Message { return a.send(unsigned(allocate, udp)) }},
		"allocate: no transport":           {400, func(a *asker) *stun.Message { return a.ask(allocate) }},
		"allocate: TCP":                    {442, func(a *asker) *stun.Message { return a.ask(allocate, tcp) }},
		"allocate: a transport nobody has": {442, func(a *asker) *stun.Message { return a.ask(allocate, raw(stun.AttrRequestedTransport, 99, 0, 0, 0)) }},
		"allocate: no lifetime":            {0, func(a *asker) *stun.Message { return a.ask(allocate, udp, raw(stun.AttrLifetime, 0, 0, 0, 0)) }},
		"allocate: again":                  {437, func(a *asker) *stun.Message { return held(a).ask(allocate, udp) }},
		"allocate: a family nobody has": {440, func(a *asker) *stun.Message {
			return a.ask(allocate, udp, raw(stun.AttrRequestedAddressFamily, 3, 0, 0, 0))
		}},
		"allocate: even port":                        {0, func(a *asker) *stun.Message { return a.ask(allocate, udp, raw(stun.AttrEvenPort, 0x80)) }},
		"allocate: even port and a reserved one":     {400, func(a *asker) *stun.Message { return a.ask(allocate, udp, raw(stun.AttrEvenPort, 0), token) }},
		"allocate: a port nobody reserved":           {508, func(a *asker) *stun.Message { return a.ask(allocate, udp, token) }},
		"allocate: a reserved port and a family":     {400, func(a *asker) *stun.Message { return a.ask(allocate, udp, six, a.reserved()) }},
		"allocate: do not fragment":                  {420, func(a *asker) *stun.Message { return a.ask(allocate, udp, raw(stun.AttrDontFragment)) }},
		"allocate: something unknown":                {420, func(a *asker) *stun.Message { return a.ask(allocate, udp, raw(0x7ff0, 1)) }},
		"allocate: something unknown that may be so": {0, func(a *asker) *stun.Message { return a.ask(allocate, udp, raw(0xfff0, 1)) }},
		"allocate: a stale nonce":                    {438, func(a *asker) *stun.Message { a.nonce = stun.NewNonce("stale"); return a.ask(allocate, udp) }},

		"refresh":                     {0, func(a *asker) *stun.Message { return held(a).ask(refresh) }},
		"refresh: without allocation": {437, func(a *asker) *stun.Message { return a.ask(refresh) }},
		"refresh: after the end": {437, func(a *asker) *stun.Message {
			held(a).ask(refresh, raw(stun.AttrLifetime, 0, 0, 0, 0))
			return a.ask(refresh)
		}},
		"refresh: another's allocation":    {441, func(a *asker) *stun.Message { held(a).as(ben); return a.ask(refresh) }},
		"refresh: another family":          {443, func(a *asker) *stun.Message { return held(a).ask(refresh, six) }},
		"refresh: a stale nonce":           {438, func(a *asker) *stun.Message { held(a).nonce = stun.NewNonce("stale"); return a.ask(refresh) }},
		"permission":                       {0, func(a *asker) *stun.Message { return held(a).ask(permit, near) }},
		"permission: without allocation":   {437, func(a *asker) *stun.Message { return a.ask(permit, near) }},
		"permission: another's allocation": {441, func(a *asker) *stun.Message { held(a).as(ben); return a.ask(permit, near) }},
		"permission: for nobody":           {400, func(a *asker) *stun.Message { return held(a).ask(permit) }},
		"permission: half an address":      {400, func(a *asker) *stun.Message { return held(a).ask(permit, near, raw(stun.AttrXORPeerAddress, 0, 1, 0)) }},
		"permission: denied":               {403, func(a *asker) *stun.Message { return held(a).ask(permit, far) }},
		"permission: one of two denied":    {403, func(a *asker) *stun.Message { return held(a).ask(permit, near, far) }},
		"permission: another family":       {443, func(a *asker) *stun.Message { return held(a).ask(permit, peerAt("[100::8]:4000")) }},
		"permission: one of two of it":     {443, func(a *asker) *stun.Message { return held(a).ask(permit, near, peerAt("[100::8]:4000")) }},

		"channel":               {0, func(a *asker) *stun.Message { return held(a).ask(bind, channel(0x4000), near) }},
		"channel: the last one": {0, func(a *asker) *stun.Message { return held(a).ask(bind, channel(0x7fff), near) }},
		"channel: again": {0, func(a *asker) *stun.Message {
			held(a).ask(bind, channel(0x4000), near)
			return a.ask(bind, channel(0x4000), near)
		}},
		"channel: without allocation":   {437, func(a *asker) *stun.Message { return a.ask(bind, channel(0x4000), near) }},
		"channel: another's allocation": {441, func(a *asker) *stun.Message { held(a).as(ben); return a.ask(bind, channel(0x4000), near) }},
		"channel: denied":               {403, func(a *asker) *stun.Message { return held(a).ask(bind, channel(0x4000), far) }},
		"channel: another family":       {443, func(a *asker) *stun.Message { return held(a).ask(bind, channel(0x4000), peerAt("[100::8]:4000")) }},
		"channel: a number too low":     {400, func(a *asker) *stun.Message { return held(a).ask(bind, channel(0x3fff), near) }},
		"channel: a number too high":    {400, func(a *asker) *stun.Message { return held(a).ask(bind, channel(0x8000), near) }},
		"channel: no number":            {400, func(a *asker) *stun.Message { return held(a).ask(bind, near) }},
		"channel: no peer":              {400, func(a *asker) *stun.Message { return held(a).ask(bind, channel(0x4000)) }},
		"channel: of another peer": {400, func(a *asker) *stun.Message {
			held(a).ask(bind, channel(0x4000), near)
			return a.ask(bind, channel(0x4000), peerAt("192.0.0.8:5000"))
		}},
		"channel: for a peer that has one": {400, func(a *asker) *stun.Message {
			held(a).ask(bind, channel(0x4000), near)
			return a.ask(bind, channel(0x4001), near)
		}},
		"binding: changing address, as RFC 5780": {420, func(a *asker) *stun.Message { return a.send(unsigned(stun.MethodBinding, raw(0x0003, 0, 0, 0, 6))) }},
	} {
		for _, network := range []string{"udp", "tcp"} {
			h := open(t, turnserver.Config{})
			answer := tc.do(h.asker(network, ann))
			if got := codeOf(answer); got != tc.want || (got == 0) != (answer.Type.Class == stun.ClassSuccessResponse) {
				t.Errorf("%s, over %s: %v with %d, want %d", name, network, answer.Type, got, tc.want)
			}
			if tc.want == 420 && !answer.Contains(stun.AttrUnknownAttributes) || tc.want == 438 && !answer.Contains(stun.AttrNonce) {
				t.Errorf("%s, over %s: %v lacks what explains it", name, network, answer)
			}
		}
	}
}

var token = raw(stun.AttrReservationToken, 'n', 'o', 't', 'a', 't', 'o', 'k', 'n')

// mustHold allocates.
func (a *asker) mustHold(parts ...stun.Setter) *stun.Message {
	a.t.Helper()
	answer := a.ask(stun.MethodAllocate, parts...)
	if answer.Type.Class != stun.ClassSuccessResponse {
		a.t.Fatalf("no allocation: %d", codeOf(answer))
	}
	return answer
}

// reserved is the token of a port that was reserved with another allocation, which is given back.
func (a *asker) reserved() stun.Setter {
	value, err := a.mustHold(udp, raw(stun.AttrEvenPort, 0x80)).Get(stun.AttrReservationToken)
	if err != nil {
		a.t.Fatal(err)
	}
	a.ask(stun.MethodRefresh, raw(stun.AttrLifetime, 0, 0, 0, 0))
	return raw(stun.AttrReservationToken, value...)
}

// TestARefusedRequestInstallsNothing: the peer that would be permitted does not get through either.
func TestARefusedRequestInstallsNothing(t *testing.T) {
	h := open(t, turnserver.Config{})
	a, b := h.asker("udp", ann), h.allocate("udp", "r", ben)
	ours := relayedAddress(t, a.mustHold(udp))
	other := peerAt(b.LocalAddr().String())
	if code := codeOf(a.ask(stun.MethodCreatePermission, other, far)); code != 403 {
		t.Fatalf("the code is %d", code)
	}
	b.permitsAddress(t, ours)
	if _, err := b.WriteTo([]byte("too early"), ours); err != nil {
		t.Fatal(err)
	}
	h.until("that is dropped", func() bool { return h.refusals("permission") > 0 })
	if code := codeOf(a.ask(stun.MethodCreatePermission, other)); code != 0 { // what is read next is its answer
		t.Fatalf("the code is %d", code)
	}
}

// TestEveryAllocationLivesForTenMinutes whatever it asks for, but for none when it is to end (RFC 8656 §7.2, §8.2).
func TestEveryAllocationLivesForTenMinutes(t *testing.T) {
	h := open(t, turnserver.Config{})
	for _, asked := range []uint32{0, 1, 599, 600, 601, 3600, 1 << 31} {
		a := h.asker("udp", ann)
		want := raw(stun.AttrLifetime, binary.BigEndian.AppendUint32(nil, asked)...)
		for _, answer := range []*stun.Message{a.mustHold(udp, want), a.ask(stun.MethodRefresh, want)} {
			got, err := answer.Get(stun.AttrLifetime)
			if ended := answer.Type.Method == stun.MethodRefresh && asked == 0; err != nil || binary.BigEndian.Uint32(got) != 600 && !ended {
				t.Errorf("%v with %d: %v, %v", answer.Type.Method, asked, got, err)
			}
		}
	}
	h.allocations(6)
}

// TestOutsideAFamilyWithoutAddressIsNotSupported, be it asked for or the one that is given unasked.
func TestOutsideAFamilyWithoutAddressIsNotSupported(t *testing.T) {
	for own, want := range map[string][2]int{"198.51.100.7": {0, 440}, "2001:db8::7": {440, 0}} {
		o := outside()
		o.Addresses = []netip.Addr{netip.MustParseAddr(own)}
		h := open(t, turnserver.Config{Outside: o})
		if got := codeOf(h.asker("udp", ann).ask(stun.MethodAllocate, udp)); got != want[0] {
			t.Errorf("%s: IPv4 gets %d", own, got)
		}
		if got := codeOf(h.asker("tcp", ann).ask(stun.MethodAllocate, udp, six)); got != want[1] {
			t.Errorf("%s: IPv6 gets %d", own, got)
		}
	}
}

// TestWhatIsNotOfferedIsNotAnswered: RFC 6062 is unknown here, and so are Binding requests as RFC 3489 had them.
func TestWhatIsNotOfferedIsNotAnswered(t *testing.T) {
	h := open(t, turnserver.Config{})
	a := h.asker("udp", ann)
	a.mustHold(udp)
	a.tell(a.signed(stun.MethodConnect, near))
	a.tell(a.signed(stun.MethodConnectionBind, raw(stun.AttrConnectionID, 0, 0, 0, 1)))
	_, _ = a.conn.Write(append([]byte{0, 1, 0, 0}, make([]byte, 16)...))
	if code := codeOf(a.ask(stun.MethodRefresh)); code != 0 { // what is read next is its answer
		t.Errorf("the code is %d", code)
	}
}

// TestWhatMustNotBeFragmentedIsNotSent, for it would be (RFC 8656 §11.2).
func TestWhatMustNotBeFragmentedIsNotSent(t *testing.T) {
	h := open(t, turnserver.Config{})
	a, b := h.asker("udp", ann), h.allocate("udp", "r", ben)
	b.permitsAddress(t, relayedAddress(t, a.mustHold(udp)))
	to := peerAt(b.LocalAddr().String())
	a.ask(stun.MethodCreatePermission, to)
	send := []stun.Setter{stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), to}
	a.tell(append(send, raw(stun.AttrData, []byte("whole or never")...), raw(stun.AttrDontFragment)))
	a.tell(append(send, raw(stun.AttrData, []byte("as you like")...)))
	hear(t, b, "as you like")
}

func relayedAddress(t *testing.T, answer *stun.Message) *net.UDPAddr {
	t.Helper()
	var at stun.XORMappedAddress
	if err := at.GetFromAs(answer, stun.AttrXORRelayedAddress); err != nil {
		t.Fatal(err)
	}
	return &net.UDPAddr{IP: at.IP, Port: at.Port}
}

func (e end) permitsAddress(t *testing.T, addr net.Addr) {
	t.Helper()
	if err := e.client.CreatePermission(addr); err != nil {
		t.Fatalf("permit: %v", err)
	}
}

// TestAFewBytesByStreamAreNotKeptBack: pion would wait for more, and a message too long for any packet would end it all.
func TestAFewBytesByStreamAreNotKeptBack(t *testing.T) {
	h := open(t, turnserver.Config{})
	a, b := h.asker("tcp", ann), h.allocate("udp", "r", ben)
	ours := relayedAddress(t, a.mustHold(udp))
	b.permitsAddress(t, ours)
	a.ask(stun.MethodChannelBind, channel(0x4000), peerAt(b.LocalAddr().String()))
	if _, err := a.conn.Write(append([]byte{0x40, 0, 0xff, 0xff}, make([]byte, 1<<16)...)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"a", "ping"} {
		_, _ = a.conn.Write(append([]byte{0x40, 0, 0, byte(len(text))}, (text + "\x00\x00\x00")[:4]...))
		hear(t, b, text)
	}
}

// TestWhatIsRefusedInPlaceOfPionIsCounted, too.
func TestWhatIsRefusedInPlaceOfPionIsCounted(t *testing.T) {
	o := outside()
	o.High = o.Low
	h := open(t, turnserver.Config{Outside: o})
	a, b := h.asker("udp", ann), h.asker("udp", ben)
	a.mustHold(udp)
	a.as(ben)
	if code := codeOf(a.ask(stun.MethodRefresh)); code != 441 || h.refusals("credential") != 1 {
		t.Errorf("another's allocation: %d, and %d are counted", code, h.refusals("credential"))
	}
	if code := codeOf(b.ask(stun.MethodAllocate, udp)); code != 508 || h.refusals("ports") != 1 {
		t.Errorf("the only port is taken: %d, and %d are counted", code, h.refusals("ports"))
	}
}
