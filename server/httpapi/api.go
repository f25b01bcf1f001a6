// Package httpapi is how it travels: routes, bodies, problems, event streams, long-polls and the app itself, over
// ordinary HTTP. It is the only package that knows gin, and it holds no rules of its own.
package httpapi

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/ice"
	"yodel/server/limit"
	"yodel/server/room"
	"yodel/server/token"
)

const (
	basePath    = "/api/v1"
	problemPage = "/docs/problems"
)

// Config is what the transport needs to know.
type Config struct {
	PublicURL      string         // origin for links, without a slash at the end; "": what the client used
	TrustedProxies []netip.Prefix // whose forwarding headers are believed
	CORSOrigins    []string       // origins that may call the API from a browser; "*" for all
	RedirectTLS    bool           // we do TLS ourselves, and plain HTTP from another machine is sent there
	ProxyDoesTLS   bool           // a trusted proxy does, and plain HTTP past it is sent to PublicURL
	StrictNames    []string       // that browsers are held to HTTPS for
	Trust          Trust          // what a device may read before it trusts our certificate; nil: nothing
	MetricsToken   string         // "": /metrics for direct loopback connections only
	Heartbeat      time.Duration
	StreamMaxAge   time.Duration
	Lease          time.Duration // told to clients
	Retention      time.Duration // of events, for Retry-After
	MaxStreams     int           // 0: no limit
	Joins          *limit.Keyed  // per address; nil: no limit
	ICE            ice.Config
	TURNHost       ice.Way // where clients are told to find the TURN server inside; zero: where they found us
	Port           int     // that we listen on ourselves
	Relay          Relay   // for metrics; nil: there is none
	Version        string
	Doctor         Doctor
}

// Trust are pages that are there over plain HTTP too, and that lead to HTTPS.
type Trust interface {
	http.Handler
	Paths() []string
	// For is the page that comes before the one of this request.
	For(*http.Request) string
}

// API is the HTTP side of the server. Close it after the http.Server has stopped.
type API struct {
	cfg      Config
	rooms    *room.Service
	keys     *token.Keys
	log      *slog.Logger
	streams  *streams
	metrics  *metrics
	engine   *gin.Engine
	draining atomic.Bool
	polls    atomic.Int64 // long-polls being served
}

// New builds the API; app is the built app, rooted where index.html lies.
func New(cfg Config, rooms *room.Service, keys *token.Keys, app fs.FS, log *slog.Logger) (*API, error) {
	a := &API{cfg: cfg, rooms: rooms, keys: keys, log: log}
	var err error
	if a.streams, err = newStreams(cfg.Heartbeat, cfg.StreamMaxAge, log); err != nil {
		return nil, fmt.Errorf("start streams: %w", err)
	}
	a.metrics = newMetrics(a)
	gin.SetMode(gin.ReleaseMode)
	a.engine = gin.New()
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	if err := a.engine.SetTrustedProxies(prefixStrings(cfg.TrustedProxies)); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	assets, err := loadAssets(app)
	if err != nil {
		return nil, fmt.Errorf("load app: %w", err)
	}
	a.route(assets)
	return a, nil
}

// Handler serves everything.
func (a *API) Handler() http.Handler { return a.engine }

// Routes lists what is served, for the test that compares it with openapi.yaml.
func (a *API) Routes() gin.RoutesInfo { return a.engine.Routes() }

// Drain begins the end: readyz says no, streams and long-polls are told to come back later.
func (a *API) Drain() {
	a.draining.Store(true)
	a.rooms.Drain()
}

// Close ends all streams that are still open and waits for their goroutines.
func (a *API) Close() { a.streams.close() }

func prefixStrings(prefixes []netip.Prefix) []string {
	if len(prefixes) == 0 {
		return nil // gin: trust nobody
	}
	texts := make([]string, len(prefixes))
	for i, prefix := range prefixes {
		texts[i] = prefix.String()
	}
	return texts
}
