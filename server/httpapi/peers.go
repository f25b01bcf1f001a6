package httpapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/ice"
	"yodel/server/limit"
	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/server/token"
)

type joinBody struct {
	Name     *string `json:"name"`
	Passcode *string `json:"passcode"`
}

// defaultName is for those who give none.
const defaultName = "Guest"

func (b joinBody) check(roomID string) (room.JoinRequest, error) {
	req := room.JoinRequest{Room: roomID, Name: defaultName}
	var wrong fields
	wrong.add(signaling.CheckRoomID(roomID))
	if b.Name != nil {
		req.Name = *b.Name
		wrong.add(signaling.CheckName(req.Name))
	}
	if b.Passcode != nil {
		req.Passcode = *b.Passcode
		wrong.add(signaling.CheckPasscode(req.Passcode))
	}
	return req, wrong.err()
}

type joinReply struct {
	Peer             room.Peer    `json:"peer"`
	Token            string       `json:"token"`
	StreamToken      string       `json:"streamToken"`
	TokenExpiresAt   call.Time    `json:"tokenExpiresAt"`
	Peers            []room.Peer  `json:"peers"`
	Call             *call.Call   `json:"call"`
	ICEServers       []ice.Server `json:"iceServers"`
	LastEventID      string       `json:"lastEventId"`
	LeaseSeconds     float64      `json:"leaseSeconds"`
	HeartbeatSeconds float64      `json:"heartbeatSeconds"`
}

// join gives a newcomer a seat; who brings this room's token has it back, or still.
func (a *API) join(c *gin.Context) {
	var body joinBody
	err := decodeBody(c, &body)
	if err != nil {
		a.fail(c, err)
		return
	}
	req, err := body.check(c.Param("room"))
	if err != nil {
		a.fail(c, err)
		return
	}
	at, joined, status, err := a.takeSeat(c, req, body.Name != nil)
	if err != nil {
		a.fail(c, err)
		return
	}
	defer at.Done(false)
	tokens, err := a.issue(at, joined.Peer.Name)
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Location", basePath+"/rooms/"+at.Room+"/peers/"+at.Peer)
	a.answer(c, status, joinReply{
		Peer: joined.Peer, Token: tokens.Token, StreamToken: tokens.StreamToken, TokenExpiresAt: tokens.TokenExpiresAt,
		Peers: joined.Peers, Call: joined.Call, ICEServers: a.iceServersFor(c, ice.UserName(at.Room, at.Peer)),
		LastEventID: joined.LastEventID, LeaseSeconds: a.cfg.Lease.Seconds(), HeartbeatSeconds: a.cfg.Heartbeat.Seconds(),
	})
}

func (a *API) takeSeat(c *gin.Context, req room.JoinRequest, renamed bool) (*room.Attendance, room.Joined, int, error) {
	ctx := c.Request.Context()
	at, err := a.seatOf(c)
	if err != nil {
		return nil, room.Joined{}, 0, err
	}
	if at == nil {
		if err := a.limitJoins(c); err != nil {
			return nil, room.Joined{}, 0, err
		}
		req.Address = limit.AddressKey(a.clientAddress(c))
		at, joined, err := a.rooms.Join(ctx, req)
		return at, joined, http.StatusCreated, err
	}
	if renamed { // an event, and counted like that of a PATCH
		err = at.Allow(1)
	}
	if err == nil && renamed {
		_, err = a.rooms.Update(ctx, at, room.Patch{Name: &req.Name})
	}
	var joined room.Joined
	if err == nil {
		joined, err = a.rooms.JoinAgain(ctx, at)
	}
	if err != nil {
		at.Done(false)
		return nil, room.Joined{}, 0, err
	}
	return at, joined, http.StatusOK, nil
}

// seatOf is the seat that the request's token is of; nil where it brings none, or one of another room.
func (a *API) seatOf(c *gin.Context) (*room.Attendance, error) {
	if bearer(c) == "" {
		return nil, nil
	}
	at, err := a.attend(c)
	var direct *problemError
	if errors.As(err, &direct) && direct.problem == tokenWrongRoom {
		return nil, nil
	}
	return at, err
}

type tokenReply struct {
	Token          string    `json:"token"`
	StreamToken    string    `json:"streamToken"`
	TokenExpiresAt call.Time `json:"tokenExpiresAt"`
}

func (a *API) issue(at *room.Attendance, name string) (tokenReply, error) {
	id := token.Identity{Room: at.Room, Peer: at.Peer, Name: name, Generation: at.Generation}
	full, stream, expires, err := a.keys.Issue(id, time.Now())
	return tokenReply{full, stream, call.At(expires)}, err
}

// renewToken gives fresh tokens before the old ones run out; those stay good until they do.
func (a *API) renewToken(c *gin.Context, at *room.Attendance) {
	if err := decodeBody(c, &struct{}{}); err != nil {
		a.fail(c, err)
		return
	}
	name, err := a.rooms.Name(c.Request.Context(), at)
	if err != nil {
		a.fail(c, err)
		return
	}
	tokens, err := a.issue(at, name)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, http.StatusOK, tokens)
}

type patchBody struct {
	Name  *string         `json:"name"`
	Media room.MediaPatch `json:"media"`
	Away  bool            `json:"away"`
}

// patchPeer changes oneself. It ends its attendance itself, for `away` shortens the lease that runs from here.
func (a *API) patchPeer(c *gin.Context) {
	at, err := a.attend(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	var body patchBody
	err = decodeBody(c, &body)
	defer func() { at.Done(err == nil && body.Away) }()
	if err == nil && body.Name != nil {
		err = signaling.CheckName(*body.Name)
	}
	if err == nil {
		err = at.Allow(1)
	}
	var peer room.Peer
	if err == nil {
		peer, err = a.rooms.Update(c.Request.Context(), at, room.Patch{Name: body.Name, Media: body.Media})
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, http.StatusOK, peer)
}

// leave gives the seat up for good.
func (a *API) leave(c *gin.Context, at *room.Attendance) {
	if err := a.rooms.Leave(c.Request.Context(), at); err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}
