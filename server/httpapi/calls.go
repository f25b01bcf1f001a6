package httpapi

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/room"
	"yodel/server/signaling"
)

const maxInvited = 64

type callBody struct {
	ID    *string   `json:"id"`
	To    *[]string `json:"to"`
	Video *bool     `json:"video"`
	Note  *string   `json:"note"`
}

func (b callBody) check() (room.CallRequest, error) {
	req := room.CallRequest{Video: true}
	var wrong fields
	if b.ID != nil {
		req.ID = *b.ID
		wrong.add(signaling.CheckUUID("id", *b.ID))
	}
	if b.To != nil {
		req.To = *b.To
		wrong.require(len(req.To) > 0, "to", "must name somebody; leave it out to ring everyone")
		wrong.require(len(req.To) <= maxInvited, "to", fmt.Sprintf("must not name more than %d", maxInvited))
	}
	if b.Video != nil {
		req.Video = *b.Video
	}
	if b.Note != nil {
		req.Note = *b.Note
		wrong.add(signaling.CheckNote(req.Note))
	}
	return req, wrong.err()
}

// startCall rings.
func (a *API) startCall(c *gin.Context, at *room.Attendance) {
	req, err := decodeChecked[callBody](c)
	if err != nil {
		a.fail(c, err)
		return
	}
	started, err := a.rooms.StartCall(c.Request.Context(), at, req)
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Location", basePath+"/rooms/"+at.Room+"/calls/"+started.ID)
	a.answer(c, http.StatusCreated, started)
}

func (a *API) getCall(c *gin.Context, at *room.Attendance) {
	found, err := a.rooms.Call(c.Request.Context(), at, c.Param("call"))
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, http.StatusOK, found)
}

func (a *API) accept(c *gin.Context, at *room.Attendance) {
	a.act(c, at, nil, func(call.Reason) call.Action { return call.Accept{Peer: at.Peer} })
}

func (a *API) decline(c *gin.Context, at *room.Attendance) {
	a.act(c, at, []call.Reason{call.ReasonDeclined, call.ReasonBusy}, func(why call.Reason) call.Action {
		return call.Decline{Peer: at.Peer, Reason: why}
	})
}

func (a *API) hangup(c *gin.Context, at *room.Attendance) {
	a.act(c, at, []call.Reason{call.ReasonHangup, call.ReasonFailed}, func(why call.Reason) call.Action {
		return call.Hangup{Peer: at.Peer, Reason: why}
	})
}

// act does what accept, decline and hangup share. The first of the reasons is what an absent one means; without any the
// body's reason is not looked at.
func (a *API) act(c *gin.Context, at *room.Attendance, reasons []call.Reason, action func(call.Reason) call.Action) {
	why, err := decodeReason(c, reasons)
	if err != nil {
		a.fail(c, err)
		return
	}
	changed, err := a.rooms.Act(c.Request.Context(), at, c.Param("call"), action(why))
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, http.StatusOK, changed)
}

func decodeReason(c *gin.Context, reasons []call.Reason) (call.Reason, error) {
	if len(reasons) == 0 {
		return "", decodeBody(c, &struct{}{})
	}
	var body struct {
		Reason *call.Reason `json:"reason"`
	}
	if err := decodeBody(c, &body); err != nil {
		return "", err
	}
	if body.Reason == nil {
		return reasons[0], nil
	}
	for _, known := range reasons {
		if *body.Reason == known {
			return known, nil
		}
	}
	var wrong fields
	wrong.require(false, "reason", fmt.Sprintf("must be %q or %q", reasons[0], reasons[1]))
	return "", wrong.err()
}
