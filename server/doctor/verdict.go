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
	// SecureOrigin is whether browsers give camera and microphone to a page from there (W3C Secure Contexts §3.1).
	SecureOrigin = "secure-origin"
	// Camera and Microphone are for the page /check alone.
	Camera     = "camera"
	Microphone = "microphone"
)

// State is what was found of a way.
type State string

// Held is a stream whose events come all at once, when it has ended. Refused is a way that is open: the server was reached
// and said no. Absent is one that the server does not offer.
const (
	Works   State = "works"
	Slow    State = "slow"
	Held    State = "held"
	Refused State = "refused"
	Fails   State = "fails"
	Absent  State = "absent"
)

// Verdict is what the findings come to. The page /check comes to the same: testdata/verdicts.json is for both.
type Verdict struct {
	// Code is one of the codes below; it is of the network.
	Code string `json:"code"`
	// Shut is what keeps people from being seen and heard, whatever the network does; empty where nothing does, and
	// where no call gets through.
	Shut string `json:"shut,omitempty"`
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
	RelayRefused     = "relay-refused"      // the way to a relay is open, and it says no
	MediaBlocked     = "media-blocked"      // the server is reachable, media is not
	SignalingBlocked = "signaling-blocked"  // the page comes, events do not
	Unreachable      = "server-unreachable" // not even the page
	ServerGone       = "server-gone"        // it was there at first
	ServerDown       = "server-down"        // something answers in its place
	ServerRefuses    = "server-refuses"     // it, or something before it, says no
	NotTrusted       = "not-trusted"        // the certificate is not good
	WrongScheme      = "wrong-scheme"       // http for https, or the other way round
	NotYodel         = "not-yodel"          // something else answers
	RedirectLoop     = "redirect-loop"      // from one address to another and back
	ProxyBlocked     = "proxy-blocked"      // the proxy does not let anything through
)

// What is shut: the address is not secure (Insecure, see reason.go), or what the page /check finds of camera and microphone.
const (
	UnseenUnheard = "unseen-unheard"
	Unseen        = "unseen"
	Unheard       = "unheard"
)

// Asks of verdicts, by whom they are for.
const (
	// Whoever runs the doctor.
	AskAddress    = "address"
	AskHTTP       = "http"
	AskHTTPS      = "https"
	AskSignIn     = "sign-in"
	AskWayOut     = "way-out"
	AskProxy      = "proxy"
	AskProxyLogin = "proxy-login"
	AskClock      = "clock"
	AskTrust      = "trust"
	AskWait       = "wait"
	AskDevices    = "devices"
	// An IT department.
	AskPage       = "page"
	AskStreams    = "streams"
	AskConnect    = "connect"
	AskTCP        = "tcp"
	AskUDP        = "udp"
	AskInspection = "inspection"
	// Whoever runs the server.
	AskTLS         = "tls"
	AskRelay       = "relay"
	AskRelayTLS    = "relay-tls"
	AskRelayThere  = "relay-there" // of yodel doctor alone: browsers do not tell
	AskRefusal     = "refusal"
	AskRunning     = "running"
	AskErrors      = "errors"
	AskRedirects   = "redirects"
	AskCertificate = "certificate"
	AskOpen        = "open"
)

// pages are the verdicts where not even the page comes.
var pages = map[Reason]Verdict{
	NoAnswer:     {Code: Unreachable, Asks: []string{AskPage, AskRunning}},
	Cut:          {Code: Unreachable, Asks: []string{AskPage, AskRunning}},
	NoRoute:      {Code: Unreachable, Asks: []string{AskWayOut}},
	UnknownName:  {Code: Unreachable, Asks: []string{AskAddress, AskWayOut}},
	NobodyThere:  {Code: Unreachable, Asks: []string{AskAddress, AskRunning}},
	ProxyCannot:  {Code: Unreachable, Asks: []string{AskAddress, AskConnect, AskRunning}},
	WentAway:     {Code: ServerGone, Asks: []string{AskWait, AskRunning}},
	Gateway:      {Code: ServerDown, Asks: []string{AskWait, AskRunning}},
	ServerError:  {Code: ServerDown, Asks: []string{AskErrors}},
	TooOften:     {Code: ServerRefuses, Asks: []string{AskWait}},
	WantsLogin:   {Code: ServerRefuses, Asks: []string{AskOpen}},
	Forbidden:    {Code: ServerRefuses, Asks: []string{AskPage, AskOpen}},
	Untrusted:    {Code: NotTrusted, Asks: []string{AskTrust, AskInspection}},
	Expired:      {Code: NotTrusted, Asks: []string{AskClock, AskCertificate}},
	NotYetValid:  {Code: NotTrusted, Asks: []string{AskClock, AskCertificate}},
	WrongName:    {Code: NotTrusted, Asks: []string{AskAddress, AskInspection, AskCertificate}},
	SpeaksHTTP:   {Code: WrongScheme, Asks: []string{AskHTTP}},
	SpeaksTLS:    {Code: WrongScheme, Asks: []string{AskHTTPS}},
	NoTLS:        {Code: NotYodel, Asks: []string{AskAddress}},
	NotHTTP:      {Code: NotYodel, Asks: []string{AskAddress}},
	NotFound:     {Code: NotYodel, Asks: []string{AskAddress}},
	NotOurs:      {Code: NotYodel, Asks: []string{AskAddress, AskSignIn}},
	SentOn:       {Code: NotYodel, Asks: []string{AskSignIn, AskAddress}},
	SentInCircle: {Code: RedirectLoop, Asks: []string{AskRedirects}},
	ProxyLogin:   {Code: ProxyBlocked, Asks: []string{AskProxyLogin}},
	ProxyRefuses: {Code: ProxyBlocked, Asks: []string{AskConnect}},
	ProxyAway:    {Code: ProxyBlocked, Asks: []string{AskProxy}},
	ProxySetting: {Code: ProxyBlocked, Asks: []string{AskProxy}},
}

// relays in the order of how well they carry media.
var relays = []string{TURNUDP, TURNTLS, TURNTCP}

// Judge says what the states of the ways come to; a way that is missing is absent. page is why the page does not come,
// where it does not.
func Judge(found map[string]State, page Reason) Verdict {
	usable := func(way string) bool { return found[way] == Works || found[way] == Slow }
	if !usable(Page) {
		v, known := pages[page]
		if !known {
			v = pages[NoAnswer]
		}
		v.Asks = slices.Clone(v.Asks)
		return v
	}
	streams := []string{SSE, PostStream, LongPoll}
	if !slices.ContainsFunc(streams, usable) {
		if slices.ContainsFunc(streams, func(way string) bool { return found[way] == Refused }) {
			return Verdict{Code: ServerRefuses, Asks: []string{AskWait}}
		}
		return Verdict{Code: SignalingBlocked, Asks: []string{AskStreams}}
	}
	v := Verdict{Asks: []string{}}
	v.Code, v.By = judgeMedia(found, usable)
	if v.GetsThrough() {
		v.Shut = shutBy(found)
		v.Asks = append(v.Asks, shutAsks(v.Shut)...)
	}
	v.Asks = append(v.Asks, mediaAsks(v, found)...)
	if !usable(SSE) && found[SSE] != Refused {
		v.Asks = append(v.Asks, AskStreams)
	}
	return v
}

func judgeMedia(found map[string]State, usable func(string) bool) (code, by string) {
	working := slices.IndexFunc(relays, usable)
	switch {
	case working >= 0:
		return Through, relays[working]
	case usable(STUNUDP):
		return DirectOnly, ""
	case refuses(found):
		return RelayRefused, ""
	case slices.ContainsFunc(relays, func(way string) bool { return isOffered(found, way) }):
		return MediaBlocked, ""
	}
	return SameNetwork, ""
}

// shutBy: what is not looked at is not shut.
func shutBy(found map[string]State) string {
	switch {
	case found[SecureOrigin] == Fails:
		return string(Insecure)
	case found[Camera] == Fails && found[Microphone] == Fails:
		return UnseenUnheard
	case found[Camera] == Fails:
		return Unseen
	case found[Microphone] == Fails:
		return Unheard
	}
	return ""
}

func shutAsks(shut string) []string {
	switch shut {
	case "":
		return nil
	case string(Insecure):
		return []string{AskHTTPS, AskTLS}
	}
	return []string{AskDevices}
}

// refuses tells whether a relay was reached that says no: it is not the network's fault then that nothing is relayed.
func refuses(found map[string]State) bool {
	return slices.ContainsFunc(append([]string{STUNUDP}, relays...), func(way string) bool { return found[way] == Refused })
}

func mediaAsks(v Verdict, found map[string]State) (asks []string) {
	if v.Code == Through && (found[TURNUDP] == Fails || found[STUNUDP] == Fails) {
		asks = append(asks, AskUDP)
	}
	switch {
	case refuses(found):
		return append(asks, AskRefusal)
	case v.Code == Through:
		return asks
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

// IsDecided tells whether enough was seen to tell whether a call gets through.
func (v Verdict) IsDecided() bool {
	return v.Code != ServerGone && v.Code != ServerRefuses && v.Code != WrongScheme && v.Code != RedirectLoop
}

// GetsThrough tells whether a call can, at least to somebody.
func (v Verdict) GetsThrough() bool {
	return v.Code == Through || v.Code == DirectOnly || v.Code == SameNetwork
}
