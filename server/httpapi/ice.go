package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/ice"
)

// iceServersFor is what a client of this request may use; user "" is nobody in particular.
func (a *API) iceServersFor(c *gin.Context, user string) []ice.Server {
	return a.cfg.ICE.Servers(user, a.way(c), time.Now())
}

// way is how this client reaches STUN and TURN: as it reached us, unless a reverse proxy stands between, which passes
// on HTTP alone; then by the same host, but on our own port.
func (a *API) way(c *gin.Context) ice.Way {
	if a.cfg.TURNHost.Host != "" {
		return a.cfg.TURNHost
	}
	scheme, hostport, _ := strings.Cut(a.origin(c), "://")
	host, port, err := ice.ParseHost(hostport)
	if err != nil {
		return ice.Way{} // where nobody needs to know, see named
	}
	way := ice.Way{Host: host, Port: port, Secure: scheme == "https" && a.cfg.RedirectTLS}
	if proxied := a.isTrusted(c) || scheme == "https" && !a.cfg.RedirectTLS; proxied {
		way.Port = a.cfg.Port
	} else if port == 0 {
		way.Port = map[string]int{"http": 80, "https": 443}[scheme]
	}
	return way
}

// iceServers gives a peer fresh credentials, and anybody else STUN alone.
func (a *API) iceServers(c *gin.Context) {
	user := ""
	if raw := bearer(c); raw != "" {
		id, err := a.keys.Full(raw, time.Now())
		if err != nil {
			a.fail(c, err)
			return
		}
		at, err := a.rooms.Attend(c.Request.Context(), member(id))
		if err != nil {
			a.fail(c, err)
			return
		}
		defer at.Done(false)
		user = ice.UserName(at.Room, at.Peer)
	}
	a.answer(c, http.StatusOK, struct {
		ICEServers []ice.Server `json:"iceServers"`
		TTLSeconds int          `json:"ttlSeconds"`
	}{a.iceServersFor(c, user), int(a.cfg.ICE.TTL.Seconds())})
}
