package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// healthz: the process lives.
func (a *API) healthz(c *gin.Context) { answerText(c, "ok\n") }

// readyz: it can serve. A load balancer sends nobody here any more once it is stopping.
func (a *API) readyz(c *gin.Context) {
	if a.draining.Load() {
		a.fail(c, &problemError{problem: draining, detail: "the server is stopping", retryAfter: time.Second})
		return
	}
	answerText(c, "ok\n")
}

func answerText(c *gin.Context, text string) {
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(text))
}
