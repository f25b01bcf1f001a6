package turnserver

import (
	"net"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"yodel/server/ice"
)

// gate stands between a client and pion, and sees to it that what RFC 8656 has a code for is answered with that code. pion
// works on one message of a socket or connection at a time: whatever it answers until it reads again is for that one.
type gate struct {
	server *Server                              // set once
	send   func(answer []byte, client net.Addr) // set once

	// owned by the goroutine that reads
	last  stun.Message // lies where pion reads to
	asked *request     // the request pion works on; nil: none
}

type request struct {
	*stun.Message
	client, server net.Addr
	refusal        stun.ErrorCode // what it gets, be its signature good; 0: what pion finds
	answered       bool
}

// admit looks at a message before pion does, which may be another one afterwards, in the same place. It says how long that
// is; 0: there is nothing for pion.
func (g *gate) admit(p []byte, n int, client, server net.Addr) int {
	if n < stunHeader || p[0]&0xfe != 0 { // RFC 8656 §12: ChannelData begins with other bits
		return n
	}
	m := &g.last
	if m.Raw = p[:n:n]; m.Decode() != nil {
		return 0
	}
	switch {
	case m.Type.Class == stun.ClassIndication && m.Contains(stun.AttrDontFragment):
		return 0 // RFC 8656 §11.2: it asks for what it would not get
	case m.Type.Class != stun.ClassRequest:
		return n
	case m.Type.Method == stun.MethodConnect, m.Type.Method == stun.MethodConnectionBind:
		return 0 // RFC 8489 §6.3: a method that is not known here, for relaying TCP (RFC 6062) is not offered
	}
	if settled := g.server.settleLifetime(m); settled != m {
		m, n = settled, copy(p, settled.Raw)
	}
	g.asked = &request{Message: m, client: client, server: server, refusal: g.server.refusal(m, client, server)}
	return n
}

// permit refuses a peer address, or all of a request that has to be refused.
func (g *gate) permit(peer net.IP) bool {
	var refusal stun.ErrorCode
	if g.asked != nil {
		refusal = g.asked.refusal
	}
	if refusal == 0 && g.server.reaches(peer) {
		return true
	}
	switch refusal {
	case 0, stun.CodeForbidden:
		g.server.counts.refuse(outsidePeer)
	case stun.CodeInsufficientCapacity:
		g.server.counts.refuse(quotaReached)
	}
	return false
}

// correct is an answer of pion's as it has to be.
func (g *gate) correct(answer []byte) []byte {
	if g.asked == nil {
		return answer
	}
	g.asked.answered = true
	if g.asked.refusal == 0 {
		return answer
	}
	m := &stun.Message{Raw: answer}
	var found stun.ErrorCodeAttribute
	if m.Decode() != nil || found.GetFrom(m) != nil || !m.Contains(stun.AttrMessageIntegrity) { // unsigned: pion does not know the client
		return answer
	}
	switch found.Code {
	case stun.CodeUnauthorized, stun.CodeForbidden, stun.CodeInsufficientCapacity: // what pion has for all that permit or the relay refuses
		return g.server.refuse(g.asked.Message, g.asked.refusal)
	}
	return answer
}

// settle answers what pion left without an answer: a request with a good signature that needs an allocation which is not
// there, or is another user's (RFC 8656 §5).
func (g *gate) settle() {
	asked := g.asked
	g.asked = nil
	if asked == nil || asked.answered {
		return
	}
	switch asked.Type.Method {
	case stun.MethodRefresh, stun.MethodCreatePermission, stun.MethodChannelBind:
		code := stun.CodeAllocMismatch
		if g.server.holders.has(asked.client, asked.server) {
			code = stun.CodeWrongCredentials
			g.server.counts.refuse(badCredential)
		}
		g.send(g.server.refuse(asked.Message, code), asked.client)
	}
}

// refuse is the answer to a request that pion found to be signed with a good key.
func (s *Server) refuse(m *stun.Message, code stun.ErrorCode) []byte {
	answer := new(stun.Message)
	_ = answer.Build( // of parts that always fit
		stun.NewTransactionIDSetter(m.TransactionID), stun.NewType(m.Type.Method, stun.ClassErrorResponse), code, stun.MessageIntegrity(s.keyOf(m)),
	)
	return answer.Raw
}

// keyOf is the key that a request of this user is signed with.
func (s *Server) keyOf(m *stun.Message) []byte {
	var name stun.Username
	var realm stun.Realm
	if name.GetFrom(m) != nil || realm.GetFrom(m) != nil {
		return nil
	}
	return turn.GenerateAuthKey(name.String(), realm.String(), ice.Password(s.cfg.Secret, name.String()))
}

// isAnswer tells answers from what is relayed: the two bits of the class (RFC 8489 §5) lie in both bytes of the type.
func isAnswer(p []byte) bool { return len(p) >= stunHeader && p[0] == 1 }

const stunHeader = 20 // bytes
