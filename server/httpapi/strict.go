package httpapi

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// strictFor is how long a browser keeps to HTTPS, in seconds: half a year, renewed by each page.
const strictFor = "15552000"

// strictly has browsers come by HTTPS alone to a name of ours (RFC 6797), so that nobody between can lead a first visit by
// plain HTTP elsewhere. It is for names that a public authority vouches for, on port 443: by another port the name may have
// pages of somebody else, and a device that trusts no authority of ours would be locked out.
func (a *API) strictly(page gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		name := strings.TrimSuffix(strings.ToLower(c.Request.Host), ":443")
		if c.Request.TLS != nil && slices.Contains(a.cfg.StrictNames, name) {
			c.Header("Strict-Transport-Security", "max-age="+strictFor)
		}
		page(c)
	}
}
