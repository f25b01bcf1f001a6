package doctor

import "fmt"

// Reason says in a word why a way fails; programs go by it, people read Finding.Note.
type Reason string

// Nothing was reached.
const (
	NoAnswer    Reason = "no-answer"
	NoRoute     Reason = "no-route"
	UnknownName Reason = "unknown-name"
	NobodyThere Reason = "nobody-listens"
	Cut         Reason = "cut"
	WentAway    Reason = "went-away" // it answered, and then no more
)

// A certificate or TLS itself is in the way.
const (
	Untrusted   Reason = "untrusted"
	Expired     Reason = "expired"
	NotYetValid Reason = "not-yet-valid"
	WrongName   Reason = "wrong-name"
	NoTLS       Reason = "no-tls" // TLS could not be agreed on
	SpeaksHTTP  Reason = "speaks-http"
	SpeaksTLS   Reason = "speaks-tls"
)

// Something answered, and it is not what was asked for.
const (
	NotHTTP      Reason = "not-http"
	NotOurs      Reason = "not-ours"
	NotFound     Reason = "not-found"
	SentOn       Reason = "sent-on" // to somebody else's page
	SentInCircle Reason = "sent-in-circle"
	WantsLogin   Reason = "wants-login"
	Forbidden    Reason = "forbidden"
	Gateway      Reason = "gateway" // something in front answers, the server behind it does not
	ServerError  Reason = "server-error"
	TooOften     Reason = "too-often"
)

// The proxy is in the way.
const (
	ProxyLogin   Reason = "proxy-login"
	ProxyRefuses Reason = "proxy-refuses"
	ProxyCannot  Reason = "proxy-cannot" // reach the server
	ProxyAway    Reason = "proxy-away"
	ProxySetting Reason = "proxy-setting"
)

// Of a relay. NoSeat, Refusal and NoPacket mean that the way is open.
const (
	NoSeat   Reason = "no-seat"
	Refusal  Reason = "refusal"
	NoPacket Reason = "no-packet"
	NotTURN  Reason = "not-turn"
)

// Insecure is an origin to which browsers give neither camera nor microphone.
const Insecure Reason = "insecure"

// failure is why a way fails.
type failure struct {
	reason Reason
	code   int    // of the answer: HTTP, or STUN with Refusal; 0 without one
	says   string // to people: a sentence without its full stop
	cause  error  // what the machine said; nil where that is no news, or may hold a secret
}

func (f *failure) Error() string { return f.says }
func (f *failure) Unwrap() error { return f.cause }

func fail(reason Reason, cause error, format string, args ...any) *failure {
	return &failure{reason: reason, says: fmt.Sprintf(format, args...), cause: cause}
}

// state is what a way is in that fails so: refused where the server was reached and said no.
func (f *failure) state() State {
	switch f.reason {
	case NoSeat, Refusal, NoPacket, TooOften:
		return Refused
	}
	return Fails
}
