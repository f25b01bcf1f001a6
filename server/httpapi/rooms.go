package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/limit"
	"yodel/server/room"
	"yodel/server/signaling"
)

const (
	minCapacity = 2
	maxCapacity = 8
	minExpires  = 60
	maxExpires  = 365 * 24 * 60 * 60
)

type createBody struct {
	Room             *string `json:"room"`
	Passcode         *string `json:"passcode"`
	CallCapacity     *int    `json:"callCapacity"`
	ExpiresInSeconds *int    `json:"expiresInSeconds"`
}

func (b createBody) check() (room.CreateRequest, error) {
	var req room.CreateRequest
	var wrong fields
	if b.Room != nil {
		req.Room = *b.Room
		wrong.add(signaling.CheckRoomID(req.Room))
	}
	if b.Passcode != nil {
		req.Passcode = *b.Passcode
		wrong.add(signaling.CheckPasscode(req.Passcode))
	}
	if b.CallCapacity != nil {
		req.CallCapacity = *b.CallCapacity
		wrong.require(req.CallCapacity >= minCapacity && req.CallCapacity <= maxCapacity, "callCapacity", "must be 2 to 8")
	}
	if b.ExpiresInSeconds != nil {
		seconds := *b.ExpiresInSeconds
		wrong.require(seconds >= minExpires && seconds <= maxExpires, "expiresInSeconds", "must be 60 to 31536000")
		req.Expires = time.Duration(seconds) * time.Second
	}
	return req, wrong.err()
}

// createRoom makes a room that stays when nobody is in it.
func (a *API) createRoom(c *gin.Context) {
	if err := a.limitJoins(c); err != nil {
		a.fail(c, err)
		return
	}
	req, err := decodeChecked[createBody](c)
	if err != nil {
		a.fail(c, err)
		return
	}
	info, err := a.rooms.Create(c.Request.Context(), req)
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Location", basePath+"/rooms/"+info.Room)
	a.answer(c, http.StatusCreated, struct {
		Room             string `json:"room"`
		URL              string `json:"url"`
		CallCapacity     int    `json:"callCapacity"`
		PasscodeRequired bool   `json:"passcodeRequired"`
	}{info.Room, a.origin(c) + "/r/" + info.Room, info.CallCapacity, info.PasscodeRequired})
}

// describeRoom tells everybody what a room is like, and its members about the call.
func (a *API) describeRoom(c *gin.Context) {
	name := c.Param("room")
	if err := signaling.CheckRoomID(name); err != nil {
		a.fail(c, err)
		return
	}
	isMember, err := a.isMember(c, name)
	if err != nil {
		a.fail(c, err)
		return
	}
	info, err := a.rooms.Describe(c.Request.Context(), name)
	if err != nil {
		a.fail(c, err)
		return
	}
	var shown any
	if info.Call != nil && isMember {
		shown = info.Call
	} else if info.Call != nil {
		shown = struct {
			State call.State `json:"state"`
		}{info.Call.State}
	}
	a.answer(c, http.StatusOK, struct {
		Room             string `json:"room"`
		PeerCount        int    `json:"peerCount"`
		CallCapacity     int    `json:"callCapacity"`
		PasscodeRequired bool   `json:"passcodeRequired"`
		Call             any    `json:"call"`
	}{info.Room, info.PeerCount, info.CallCapacity, info.PasscodeRequired, shown})
}

// isMember tells whether the request carries this room's token. Another room's is as good as none; a wrong one is told.
func (a *API) isMember(c *gin.Context, name string) (bool, error) {
	raw := bearer(c)
	if raw == "" {
		return false, nil
	}
	id, err := a.keys.Full(raw, time.Now())
	if err != nil {
		return false, err
	}
	if id.Room != name {
		return false, nil
	}
	at, err := a.rooms.Attend(c.Request.Context(), member(id))
	if err != nil {
		return false, err
	}
	at.Done(false)
	return true, nil
}

// limitJoins charges a join or a new room to the client's address.
func (a *API) limitJoins(c *gin.Context) error {
	if a.cfg.Joins == nil {
		return nil
	}
	ok, retryAfter := a.cfg.Joins.Allow(limit.AddressKey(a.clientAddress(c)), 1, time.Now())
	if !ok {
		return &problemError{problem: tooManyJoins, detail: "too many joins and new rooms from this address", retryAfter: retryAfter}
	}
	return nil
}
