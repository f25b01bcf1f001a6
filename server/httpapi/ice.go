package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/ice"
	"yodel/server/room"
)

// iceUser is what a TURN credential is bound to; the room keeps those of two rooms apart in the relay's own log.
func iceUser(m room.Member) string { return m.Room + "-" + m.Peer }

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
		user = iceUser(at.Member)
	}
	a.answer(c, http.StatusOK, struct {
		ICEServers []ice.Server `json:"iceServers"`
		TTLSeconds int          `json:"ttlSeconds"`
	}{a.cfg.ICE.Servers(user, time.Now()), int(a.cfg.ICE.TTL.Seconds())})
}
