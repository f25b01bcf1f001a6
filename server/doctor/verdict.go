package doctor

import "slices"

// The ways that are looked at, in the order in which they are told.
const (
	Page       = "page"
	SSE        = "sse"
	PostStream = "post-stream"
	LongPoll   = "long-poll"
	Clock      = "clock"
	STUNUDP    = "stun-udp"
	TURNUDP    = "turn-udp"
	TURNTCP    = "turn-tcp"
	TURNTLS    = "turn-tls"
)

// State is what was found of a way.
type State string

// Held is a stream whose events come all at once, when it has ended. Absent is a way that the server does not offer.
const (
	Works  State = "works"
	Slow   State = "slow"
	Held   State = "held"
	Fails  State = "fails"
	Absent State = "absent"
)

// Verdict is what the findings come to. The page /check comes to the same: testdata/verdicts.json is for both.
type Verdict struct {
	// Code is one of the codes below.
	Code string `json:"code"`
	// By is the best relay that works; empty where none does.
	By string `json:"by,omitempty"`
	// Asks are what would help, most of all first; see words.go.
	Asks []string `json:"asks"`
}

// Codes of verdicts.
const (
	Through          = "through"            // media is relayed where it finds no direct way
	DirectOnly       = "direct-only"        // no relay works; two find each other where one can reach the other
	SameNetwork      = "same-network"       // nothing is there to help two of different networks
	MediaBlocked     = "media-blocked"      // the server is reachable, media is not
	SignalingBlocked = "signaling-blocked"  // the page comes, events do not
	Unreachable      = "server-unreachable" // not even the page
)

// Asks of verdicts. The first five are for an IT department, the others for whoever runs the server.
const (
	AskPage     = "page"
	AskStreams  = "streams"
	AskConnect  = "connect"
	AskTCP      = "tcp"
	AskUDP      = "udp"
	AskRelay    = "relay"
	AskRelayTLS = "relay-tls"
)

// relays in the order of how well they carry media.
var relays = []string{TURNUDP, TURNTLS, TURNTCP}

// Judge says what the states of the ways come to; a way that is missing is absent.
func Judge(found map[string]State) Verdict {
	usable := func(way string) bool { return found[way] == Works || found[way] == Slow }
	v := Verdict{Asks: []string{}}
	switch {
	case !usable(Page):
		v.Code, v.Asks = Unreachable, append(v.Asks, AskPage)
		return v
	case !slices.ContainsFunc([]string{SSE, PostStream, LongPoll}, usable):
		v.Code, v.Asks = SignalingBlocked, append(v.Asks, AskStreams)
		return v
	}
	v.Code, v.By = judgeMedia(found, usable)
	v.Asks = append(v.Asks, mediaAsks(v, found)...)
	if !usable(SSE) {
		v.Asks = append(v.Asks, AskStreams)
	}
	return v
}

func judgeMedia(found map[string]State, usable func(string) bool) (code, by string) {
	offered := slices.ContainsFunc(relays, func(way string) bool { return isOffered(found, way) })
	working := slices.IndexFunc(relays, usable)
	switch {
	case working >= 0:
		return Through, relays[working]
	case usable(STUNUDP):
		return DirectOnly, ""
	case offered:
		return MediaBlocked, ""
	}
	return SameNetwork, ""
}

func mediaAsks(v Verdict, found map[string]State) []string {
	switch {
	case v.Code == Through && (found[TURNUDP] == Fails || found[STUNUDP] == Fails):
		return []string{AskUDP}
	case v.Code == Through:
		return nil
	case isOffered(found, TURNTLS):
		return []string{AskConnect}
	case isOffered(found, TURNTCP):
		return []string{AskTCP, AskRelayTLS}
	case isOffered(found, TURNUDP):
		return []string{AskUDP, AskRelayTLS}
	}
	return []string{AskRelay}
}

func isOffered(found map[string]State, way string) bool {
	return found[way] != Absent && found[way] != ""
}

// GetsThrough tells whether a call can, at least to somebody.
func (v Verdict) GetsThrough() bool {
	return v.Code == Through || v.Code == DirectOnly || v.Code == SameNetwork
}
