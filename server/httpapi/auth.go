package httpapi

import (
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/room"
	"yodel/server/token"
)

// attendedHandler serves a request of a peer of the room in the path.
type attendedHandler func(c *gin.Context, at *room.Attendance)

// attended lets only peers of the room through, and keeps their lease from running meanwhile.
func (a *API) attended(handler attendedHandler) gin.HandlerFunc {
	return func(c *gin.Context) {
		at, err := a.attend(c)
		if err != nil {
			a.fail(c, err)
			return
		}
		defer at.Done(false)
		handler(c, at)
	}
}

// attend begins to serve a request with a full token in its Authorization header.
func (a *API) attend(c *gin.Context) (*room.Attendance, error) {
	raw := bearer(c)
	if raw == "" {
		return nil, &problemError{problem: tokenMissing, detail: "send Authorization: Bearer with the token of the join"}
	}
	id, err := a.keys.Full(raw, time.Now())
	if err != nil {
		return nil, err
	}
	return a.attendAs(c, id)
}

// attendAs checks that the token is of the room, and of the peer where the path names one.
func (a *API) attendAs(c *gin.Context, id token.Identity) (*room.Attendance, error) {
	if id.Room != c.Param("room") {
		return nil, &problemError{problem: tokenWrongRoom, detail: "a token is worth nothing in another room"}
	}
	if peer := c.Param("peer"); peer != "" && peer != id.Peer {
		return nil, &problemError{problem: notYourPeer, detail: "the token is of another peer"}
	}
	return a.rooms.Attend(c.Request.Context(), member(id))
}

func member(id token.Identity) room.Member {
	return room.Member{Room: id.Room, Peer: id.Peer, Name: id.Name, Generation: id.Generation}
}

// bearer is the token of RFC 6750 §2.1, "" without one.
func bearer(c *gin.Context) string {
	const scheme = "Bearer "
	header := c.Request.Header.Get("Authorization")
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return ""
	}
	return strings.TrimSpace(header[len(scheme):])
}

// attendReader begins to serve the stream, which the stream token opens too: in the header, or in the query
// (RFC 6750 §2.3), where the full token is refused.
func (a *API) attendReader(c *gin.Context) (*room.Attendance, error) {
	now := time.Now()
	if raw := bearer(c); raw != "" {
		id, err := a.keys.FullOnce(raw, now)
		if errors.Is(err, token.ErrMalformed) { // and not an expired one of the right kind
			id, err = a.keys.Stream(raw, now)
		}
		if err != nil {
			return nil, err
		}
		return a.attendAs(c, id)
	}
	raw, _ := queryValue(c, "access_token")
	if raw == "" {
		return nil, &problemError{problem: tokenMissing, detail: "send Authorization: Bearer, or access_token with the streamToken"}
	}
	id, err := a.keys.Stream(raw, now)
	if err != nil {
		if _, full := a.keys.FullOnce(raw, now); full == nil {
			return nil, &problemError{problem: tokenInvalid, detail: "in a query only the streamToken is taken"}
		}
		return nil, err
	}
	return a.attendAs(c, id)
}
