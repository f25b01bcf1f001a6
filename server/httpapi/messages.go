package httpapi

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/store"
)

// postMessages accepts one message for other peers of the room, or an array of them.
// 202 means stored and ordered, not received. Errors: see problem.go.
func (a *API) postMessages(c *gin.Context, at *room.Attendance) {
	var batch bool
	var records []*store.Record
	err := withBody(c, func(body []byte) (err error) {
		var messages []signaling.Message
		if messages, batch, err = signaling.DecodeMessages(body); err != nil {
			return err
		}
		records, err = a.rooms.Send(c.Request.Context(), at, messages)
		return single(err, batch)
	})
	if err != nil {
		a.fail(c, err)
		return
	}
	answerJSON(c, http.StatusAccepted, appendReceipt(make([]byte, 0, 128), records, batch))
}

// single leaves the place in the array out of an error about a message that came alone.
func single(err error, batch bool) error {
	var element *room.ElementError
	if !batch && errors.As(err, &element) {
		element.Index = -1
	}
	return err
}

// appendReceipt is {eventId, at} or {eventIds, at}: where in the room's order the messages stand. It is written by hand
// because it answers every message there is.
func appendReceipt(dst []byte, records []*store.Record, batch bool) []byte {
	id := func(r *store.Record) {
		dst = append(dst, '"')
		dst = r.Position().AppendTo(dst)
		dst = append(dst, '"')
	}
	last := records[len(records)-1]
	if batch {
		dst = append(dst, `{"eventIds":[`...)
		for i, record := range records {
			if i > 0 {
				dst = append(dst, ',')
			}
			id(record)
		}
		dst = append(dst, ']')
	} else {
		dst = append(dst, `{"eventId":`...)
		id(last)
	}
	dst = append(dst, `,"at":"`...)
	dst = last.At().AppendFormat(dst, call.TimeLayout)
	return append(dst, `"}`...)
}
