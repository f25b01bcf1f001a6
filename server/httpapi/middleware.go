package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

// logRequest tells of each request at debug, without its query, which may hold a token.
func (a *API) logRequest(c *gin.Context) {
	if !a.log.Enabled(c.Request.Context(), slog.LevelDebug) {
		return // nothing to measure; every message passes here
	}
	began := time.Now()
	c.Next()
	a.log.DebugContext(c.Request.Context(), "request", "method", c.Request.Method, "path", c.Request.URL.Path,
		"status", c.Writer.Status(), "duration", time.Since(began))
}

// recovered answers a panic, where there is still something to answer.
func (a *API) recovered(c *gin.Context, cause any) {
	if errors.Is(asError(cause), http.ErrAbortHandler) {
		panic(cause)
	}
	a.fail(c, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
}

func asError(cause any) error {
	err, _ := cause.(error)
	return err
}

// noSniff: what we call JSON is not to be taken for anything else. Pages have more headers of this kind.
func noSniff(c *gin.Context) { c.Writer.Header()["X-Content-Type-Options"] = noSniffValue }

var noSniffValue = []string{"nosniff"} // shared, since every message has it

// cors lets pages of configured origins call the API. There are no cookies, so credentials are never allowed.
func (a *API) cors(c *gin.Context) {
	if len(a.cfg.CORSOrigins) == 0 {
		return
	}
	header := c.Writer.Header()
	header.Add("Vary", "Origin")
	origin := c.GetHeader("Origin")
	if origin == "" || !slices.Contains(a.cfg.CORSOrigins, origin) && !slices.Contains(a.cfg.CORSOrigins, "*") {
		return
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Expose-Headers", "Location, Retry-After")
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
		header.Set("Access-Control-Max-Age", "600") // wrongMethod answers, with Allow as to any OPTIONS
	}
}

// isLoopback tells whether a connection's own address is of this machine.
func isLoopback(remoteAddr string) bool {
	host, _, err := net.SplitHostPort(remoteAddr)
	if err != nil {
		return false
	}
	return isLoopbackIP(host)
}

func isLoopbackIP(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
