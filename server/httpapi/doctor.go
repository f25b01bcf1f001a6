package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/ice"
	"yodel/server/limit"
)

// Doctor is what GET /doctor tells beside what it sees of the request.
type Doctor struct {
	TLSMode  string           // as --tls has it
	Probes   *limit.Keyed     // per address; nil: no limit
	SelfTest func() *SelfTest // the latest of the relay inside; nil, or a nil result: none yet
	Limits   DoctorLimits
}

// DoctorLimits are those that a call may run into; zero is none.
type DoctorLimits struct {
	MessagesPerSecond   float64 `json:"messagesPerSecond,omitempty"`
	PeersPerRoom        int     `json:"peersPerRoom,omitempty"`
	AllocationsPerPeer  int     `json:"allocationsPerPeer,omitempty"`
	RelayBytesPerSecond int64   `json:"relayBytesPerSecond,omitempty"`
}

// SelfTest is what the relay inside found when it relayed a packet through its own port.
type SelfTest struct {
	At      call.Time     `json:"at"`
	Ways    []WayTried    `json:"ways"`
	Outside *OutsideTried `json:"outside,omitempty"` // nil: relayed addresses are inside the process
}

// OutsideTried is whether a packet came back that was sent to the address that relayed ones have on the network. That none
// came proves nothing: see the log.
type OutsideTried struct {
	Verified bool   `json:"verified"`
	Reason   string `json:"reason,omitempty"`
}

// WayTried is one way of a SelfTest. Reason is one word, for the whole of it may name addresses inside: the log has that.
type WayTried struct {
	Way    string `json:"way"` // as ice.KindOf has it
	Works  bool   `json:"works"`
	Reason string `json:"reason,omitempty"`
}

type doctorReply struct {
	Version string        `json:"version"`
	At      call.Time     `json:"at"`
	Client  doctorClient  `json:"client"`
	Request doctorRequest `json:"request"`
	TLSMode string        `json:"tlsMode"`
	Relay   doctorRelay   `json:"relay"`
	Limits  DoctorLimits  `json:"limits"`
}

// doctorClient is where we see whoever asks.
type doctorClient struct {
	Address string `json:"address"`
}

// doctorRequest is how the request came.
type doctorRequest struct {
	Scheme            string   `json:"scheme"` // of the origin that the client used, as far as we can know
	Host              string   `json:"host"`
	SecureOrigin      bool     `json:"secureOrigin"` // browsers give camera and microphone to it
	HTTPVersion       string   `json:"httpVersion"`
	TLS               bool     `json:"tls"` // of the connection to us
	TrustedProxy      bool     `json:"trustedProxy"`
	ForwardingHeaders []string `json:"forwardingHeaders"` // that came, by name
}

type doctorRelay struct {
	State    string    `json:"state"` // inside, elsewhere or off
	URLs     []wayURL  `json:"urls"`
	SelfTest *SelfTest `json:"selfTest"`
}

type wayURL struct {
	Way string `json:"way"`
	URL string `json:"url"`
}

// doctor tells what the server knows of itself and of who asks: no secret, and nothing of anybody else.
func (a *API) doctor(c *gin.Context) {
	if err := a.limitProbes(c); err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, http.StatusOK, doctorReply{
		Version: a.cfg.Version, At: call.At(time.Now()), Client: doctorClient{a.addressText(c)},
		Request: a.describeRequest(c), TLSMode: a.cfg.Doctor.TLSMode, Relay: a.describeRelay(c), Limits: a.cfg.Doctor.Limits,
	})
}

func (a *API) addressText(c *gin.Context) string {
	if addr := a.clientAddress(c); addr.IsValid() {
		return addr.String()
	}
	return ""
}

func (a *API) describeRequest(c *gin.Context) doctorRequest {
	scheme, host, _ := strings.Cut(a.reachedAt(c), "://")
	r := doctorRequest{
		Scheme: scheme, Host: host, SecureOrigin: scheme == "https" || a.isSecureHere(c, host), HTTPVersion: c.Request.Proto,
		TLS: c.Request.TLS != nil, TrustedProxy: a.isTrusted(c), ForwardingHeaders: []string{},
	}
	for _, name := range forwardingHeaders {
		if c.GetHeader(name) != "" {
			r.ForwardingHeaders = append(r.ForwardingHeaders, name)
		}
	}
	return r
}

// isSecureHere tells whether the page is a secure one without https. A proxy of ours that does not say by which name it was
// asked may well have put its own name for us in its place, which says nothing of what the browser sees. Browsers say it
// themselves, for they send Sec-Fetch-Site to secure origins alone (Fetch Metadata §3).
func (a *API) isSecureHere(c *gin.Context, host string) bool {
	if a.isTrusted(c) && c.GetHeader("X-Forwarded-Host") == "" {
		return c.GetHeader("Sec-Fetch-Site") != ""
	}
	return isLocalHost(host)
}

// isLocalHost tells whether browsers take plain HTTP to host for secure (Secure Contexts §3.1).
func isLocalHost(hostport string) bool {
	name := strings.ToLower(hostport)
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, ']') {
		name = name[:colon]
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || isLoopbackIP(strings.Trim(name, "[]"))
}

func (a *API) describeRelay(c *gin.Context) doctorRelay {
	r := doctorRelay{State: "off", URLs: []wayURL{}}
	switch {
	case a.cfg.ICE.Inside:
		r.State = "inside"
	case len(a.cfg.ICE.TURN) > 0:
		r.State = "elsewhere"
	}
	for _, server := range a.iceServersFor(c, "nobody") { // their URLs alone: the credential is thrown away
		for _, url := range server.URLs {
			r.URLs = append(r.URLs, wayURL{ice.KindOf(url), url})
		}
	}
	if a.cfg.Doctor.SelfTest != nil {
		r.SelfTest = a.cfg.Doctor.SelfTest()
	}
	return r
}

// limitProbes charges a question of the doctor's to the client's address.
func (a *API) limitProbes(c *gin.Context) error {
	ok, retryAfter := a.cfg.Doctor.Probes.Allow(limit.AddressKey(a.clientAddress(c)), 1, time.Now())
	if !ok {
		return &problemError{problem: tooManyProbes, detail: "too many checks from this address", retryAfter: retryAfter}
	}
	return nil
}
