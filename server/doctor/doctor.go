// Package doctor finds out, from where it runs, whether a call gets through to a server: by which ways its events come,
// and by which of its relays a packet does. It is a client like any other: it takes a seat in a room of its own, and gives
// it back.
package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Options say how to look.
type Options struct {
	Insecure bool // takes any certificate
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
	Note    string   `json:"note,omitempty"` // why it fails
	URL     string   `json:"url,omitempty"`  // of an ICE server
}

// Report is the whole of it.
type Report struct {
	URL      string          `json:"url"`
	At       time.Time       `json:"at"`
	Proxy    string          `json:"proxy,omitempty"` // without its password
	Findings []Finding       `json:"findings"`
	Verdict  Verdict         `json:"verdict"`
	Server   json.RawMessage `json:"server,omitempty"` // what GET /api/v1/doctor answered
}

// Examine looks at the server at origin, scheme://host[:port].
func Examine(ctx context.Context, origin *url.URL, opts Options) Report {
	x := &examination{Options: opts, origin: origin, found: map[string]Finding{}}
	transport := &http.Transport{
		Proxy:           func(r *http.Request) (*url.URL, error) { return opts.Proxy(r.URL) },
		TLSClientConfig: &tls.Config{InsecureSkipVerify: opts.Insecure},
	}
	defer transport.CloseIdleConnections()
	x.client = &http.Client{Transport: transport}
	report := Report{URL: origin.String(), At: time.Now().UTC(), Proxy: x.proxyName()}
	report.Server = x.page(ctx)
	if x.found[Page].State == Works {
		x.rest(ctx)
	}
	states := map[string]State{}
	for _, way := range order {
		finding, looked := x.found[way]
		if !looked {
			finding = Finding{Way: way, State: Absent}
			if x.found[Page].State != Works {
				finding.State = Fails
			}
		}
		states[way] = finding.State
		report.Findings = append(report.Findings, finding)
	}
	report.Verdict = Judge(states)
	return report
}

var order = []string{Page, SSE, PostStream, LongPoll, Clock, STUNUDP, TURNUDP, TURNTCP, TURNTLS}

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

// rest looks at all ways at once: each waits most of its time.
func (x *examination) rest(ctx context.Context) {
	var ways sync.WaitGroup
	ways.Go(func() { x.stream(ctx, SSE, http.MethodGet) })
	ways.Go(func() { x.stream(ctx, PostStream, http.MethodPost) })
	ways.Go(func() { x.longPoll(ctx) })
	x.relays(ctx, &ways)
	ways.Wait()
}

func (x *examination) works(way string, delay time.Duration) {
	x.note(Finding{Way: way, State: Works, DelayMs: milliseconds(delay)})
}

func (x *examination) fails(way string, err error) {
	x.note(Finding{Way: way, State: Fails, Note: sentence(err)})
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

// answer reads a whole answer into v, and says when the request went out and the answer came.
func (x *examination) answer(request *http.Request, v any) (sent, came time.Time, err error) {
	sent = time.Now()
	response, err := x.client.Do(request)
	if err != nil {
		return sent, time.Now(), err
	}
	defer func() { _ = response.Body.Close() }()
	came = time.Now()
	if response.StatusCode/100 != 2 {
		return sent, came, fmt.Errorf("the answer is %s", response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(v); err != nil {
		return sent, came, errNotOurs
	}
	return sent, came, nil
}
