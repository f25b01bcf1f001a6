// Package doctor finds out, from where it runs, whether a call gets through to a server: by which ways its events come,
// and by which of its relays a packet does. It is a client like any other: it takes a seat in a room of its own, and gives
// it back.
package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options say how to look.
type Options struct {
	Insecure bool // takes any certificate
	Guessed  bool // the origin's scheme is our guess: where its port speaks the other one, that is meant
	// Proxy names the proxy for a URL, nil for none; see ProxyFromEnvironment. It serves HTTP, and TURN over TCP and TLS.
	Proxy func(*url.URL) (*url.URL, error)
	// Patience is how long one way may take.
	Patience time.Duration
	Log      *slog.Logger
}

// Finding is what was found of one way.
type Finding struct {
	Way   string `json:"way"`
	State State  `json:"state"`
	// DelayMs is how late events come; of a page and a relay there and back; of the clock how far ours is ahead.
	DelayMs *float64 `json:"delayMs,omitempty"`
	Reason  Reason   `json:"reason,omitempty"` // why it fails, for programs
	Note    string   `json:"note,omitempty"`   // and for people
	Code    int      `json:"code,omitempty"`   // of the answer, of HTTP or STUN, where one says no
	Detail  string   `json:"detail,omitempty"` // what the machine said, for who knows its ways
	URL     string   `json:"url,omitempty"`    // of an ICE server
}

// Report is the whole of it.
type Report struct {
	URL      string          `json:"url"`
	Asked    string          `json:"asked,omitempty"` // the URL that sent on to it
	At       time.Time       `json:"at"`
	Proxy    string          `json:"proxy,omitempty"` // without its password
	Findings []Finding       `json:"findings"`
	Verdict  Verdict         `json:"verdict"`
	Server   json.RawMessage `json:"server,omitempty"` // what GET /api/v1/doctor answered
}

// Examine looks at the server at origin, scheme://host[:port]. Where ctx ends early the report is of no use.
func Examine(ctx context.Context, origin *url.URL, opts Options) Report {
	x := &examination{Options: opts, origin: &url.URL{Scheme: origin.Scheme, Host: origin.Host}, found: map[string]Finding{}}
	transport := &http.Transport{
		Proxy:                  func(r *http.Request) (*url.URL, error) { return x.proxyFor(r.URL) },
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: opts.Insecure},
		OnProxyConnectResponse: x.onConnect,
	}
	defer transport.CloseIdleConnections()
	x.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	told := x.page(ctx)
	if x.found[Page].State == Works {
		x.rest(ctx, told)
		x.secureOrigin()
	}
	report := Report{URL: x.origin.String(), At: time.Now().UTC(), Proxy: x.proxyName(), Server: told}
	if report.URL != origin.String() {
		report.Asked = origin.String()
	}
	report.judge(x.found)
	return report
}

// judge puts findings in their order, and says what they come to.
func (r *Report) judge(found map[string]Finding) {
	states := map[string]State{}
	for _, way := range order {
		finding, looked := found[way]
		if !looked {
			finding = Finding{Way: way, State: Absent}
			if found[Page].State != Works {
				finding.State, finding.Note = Fails, "not tried, since the page does not come"
			}
		}
		states[way] = finding.State
		r.Findings = append(r.Findings, finding)
	}
	r.Verdict = Judge(states, found[Page].Reason)
	if r.lostRelay() != "" {
		r.Verdict.Asks = append([]string{AskRelayThere}, r.Verdict.Asks...)
	}
}

var order = []string{Page, SSE, PostStream, LongPoll, Clock, STUNUDP, TURNUDP, TURNTCP, TURNTLS, SecureOrigin}

// examination is one Examine under way.
type examination struct {
	Options
	origin *url.URL
	client *http.Client
	// aheadMs is our clock less the server's. Set by page, before anything that reads it.
	aheadMs float64

	mu    sync.Mutex
	found map[string]Finding // guarded by mu while rest runs
}

// rest looks at all ways at once: each waits most of its time. told is what the server says of itself.
func (x *examination) rest(ctx context.Context, told json.RawMessage) {
	var ways sync.WaitGroup
	ways.Go(func() { x.stream(ctx, SSE, http.MethodGet) })
	ways.Go(func() { x.stream(ctx, PostStream, http.MethodPost) })
	ways.Go(func() { x.longPoll(ctx) })
	x.relays(ctx, told, &ways)
	ways.Wait()
	for _, f := range x.found {
		if f.State == Fails {
			x.stillThere(ctx)
			return
		}
	}
}

// secureOrigin goes by the address alone, as browsers do.
func (x *examination) secureOrigin() {
	name := x.origin.Hostname()
	ip, err := netip.ParseAddr(name)
	if x.origin.Scheme == "https" || name == "localhost" || strings.HasSuffix(name, ".localhost") || err == nil && ip.Unmap().IsLoopback() {
		x.note(Finding{Way: SecureOrigin, State: Works})
		return
	}
	x.note(Finding{Way: SecureOrigin, State: Fails, Reason: Insecure, Note: "browsers keep camera and microphone shut there, since it is not https"})
}

func (x *examination) works(way string, delay time.Duration) {
	x.note(Finding{Way: way, State: Works, DelayMs: milliseconds(delay)})
}

func (x *examination) fails(way string, err error) {
	x.note(x.failing(way, err))
}

// failing is the finding of a way that fails by err.
func (x *examination) failing(way string, err error) Finding {
	why := explain(err, hostPort(x.origin))
	f := Finding{Way: way, State: why.state(), Reason: why.reason, Note: why.says, Code: why.code}
	if why.cause != nil {
		f.Detail = printable(why.cause.Error())
	}
	return f
}

func (x *examination) note(f Finding) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.found[f.Way] = f
}

func milliseconds(d time.Duration) *float64 {
	ms := float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
	return &ms
}

// request is one below /api/v1.
func (x *examination) request(ctx context.Context, method, path string) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, x.origin.String()+"/api/v1"+path, nil)
}
