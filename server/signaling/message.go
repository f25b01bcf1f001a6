package signaling

import (
	"log/slog"
	"strings"
)

// The message types that WebRTC needs, whose data is checked. All others are the sender's own.
const (
	TypeOffer     = "offer"     // data is an RTCSessionDescriptionInit
	TypeAnswer    = "answer"    // data is an RTCSessionDescriptionInit
	TypeCandidate = "candidate" // data is an RTCIceCandidateInit; an empty candidate ends the generation (RFC 8838 §13)
)

// Data is a message's payload as JSON text without white space between tokens, otherwise exactly as it was sent.
// It carries SDP and candidates, which tell addresses: it is never logged.
type Data []byte

// LogValue keeps the payload out of logs.
func (Data) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Message is what one peer says to another, or to everyone else in the room. Who says it, and in which room, is
// known from their token and never read from a body.
type Message struct {
	ID   string // the sender's UUID as sent, for telling repeats; "" if absent
	Key  string // ID in lower case: two ids are the same when their keys are
	To   string // peer id; "" means everyone else in the room
	Call string // call id; "" if it belongs to none
	Type string // TypeOffer, TypeAnswer, TypeCandidate or a word of the sender's own, never a Reserved one
	Data Data   // any JSON value, "null" included; never empty
}

// LogValue names the message without its payload.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", m.ID), slog.String("type", m.Type),
		slog.String("to", m.To), slog.String("call", m.Call))
}

// Reserved reports whether typ belongs to the server: the types of the stream's own events, and all words that
// sound like them.
func Reserved(typ string) bool {
	switch word, _, _ := strings.Cut(typ, "-"); word {
	case "peer", "room", "call", "server":
		return true
	}
	switch typ {
	case "hello", "heartbeat", "goodbye", "reset":
		return true
	}
	return false
}

// isWord reports whether typ is [a-z][a-z0-9-]{0,31}.
func isWord(typ []byte) bool {
	if len(typ) < 1 || len(typ) > 32 || typ[0] < 'a' || typ[0] > 'z' {
		return false
	}
	for _, c := range typ {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
