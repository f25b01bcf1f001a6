package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// forMachines are asked by watchers on the inside, which know of no name and no TLS of a reverse proxy in front.
var forMachines = []string{"/healthz", "/readyz", "/metrics"}

// redirectToTLS sends plain HTTP on to where there is TLS. Of a device that may not trust us yet, a page comes after the
// one that says how to; a program is sent to HTTPS at once.
func (a *API) redirectToTLS(c *gin.Context) {
	if !a.isInTheClear(c) || slices.Contains(a.trustPaths(), c.Request.URL.Path) {
		return
	}
	if a.cfg.Trust != nil && asksForPage(c.Request) {
		c.Header("Cache-Control", "no-store")
		c.Redirect(http.StatusFound, a.cfg.Trust.For(c.Request))
		c.Abort()
		return
	}
	to := a.cfg.PublicURL
	if !strings.HasPrefix(to, "https://") {
		if err := checkHost(c.Request.Host); err != nil {
			a.fail(c, err)
			return
		}
		to = "https://" + c.Request.Host
	}
	c.Header("Cache-Control", "no-store") // whoever turns TLS off again should not have to clear browsers
	c.Redirect(http.StatusPermanentRedirect, to+c.Request.URL.RequestURI())
	c.Abort()
}

// isInTheClear tells whether a request came over somebody's network by plain HTTP although we do TLS, or the reverse proxy
// that is to be trusted. Plain HTTP is for this machine alone; and for a proxy that has done TLS, see isFromHere.
func (a *API) isInTheClear(c *gin.Context) bool {
	if c.Request.TLS != nil || a.isTrusted(c) || isFromHere(c) {
		return false
	}
	return a.cfg.RedirectTLS || a.cfg.ProxyDoesTLS && !slices.Contains(forMachines, c.Request.URL.Path)
}

// isFromHere tells whether a request began on this machine, as far as one can tell. Not each connection from here does: a
// proxy that passes on TCP leaves the name it was asked by, and adds no header as one for HTTP would.
func isFromHere(c *gin.Context) bool {
	return isLoopback(c.Request.RemoteAddr) && (!isDirectLoopback(c) || c.Request.Host == "" || isLocalHost(c.Request.Host))
}

func (a *API) trustPaths() []string {
	if a.cfg.Trust == nil {
		return nil
	}
	return a.cfg.Trust.Paths()
}

// asksForPage tells whether a browser asks, to show a page to a person.
func asksForPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, basePath+"/")
}
