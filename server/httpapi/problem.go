package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"yodel/server/call"
	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/server/token"
	"yodel/store"
)

// problem is one kind of refusal, the same wherever it happens (RFC 9457). Code is stable, for programs.
type problem struct {
	code      string
	status    int
	title     string
	retryable bool
}

// The only table from error to problem. openapi.yaml lists the same codes, and a test compares the two.
var (
	badRequest       = problem{"bad-request", 400, "The request is wrong", false}
	tokenMissing     = problem{"token-missing", 401, "A token is needed", false}
	tokenInvalid     = problem{"token-invalid", 401, "The token is not valid", false}
	tokenExpired     = problem{"token-expired", 401, "The token has expired", false}
	tokenRevoked     = problem{"token-revoked", 401, "The peer has left", false}
	tokenWrongRoom   = problem{"token-wrong-room", 401, "The token is of another room", false}
	passcodeRequired = problem{"passcode-required", 403, "The room asks for a passcode", false}
	passcodeWrong    = problem{"passcode-wrong", 403, "The passcode is not the room's", false}
	notYourPeer      = problem{"not-your-peer", 403, "The peer is somebody else", false}
	notInvited       = problem{"not-invited", 403, "The call does not ring for this peer", false}
	notInCall        = problem{"not-in-call", 403, "The peer is not in the call", false}
	forbidden        = problem{"forbidden", 403, "Not allowed from here", false}
	notFound         = problem{"not-found", 404, "There is nothing here", false}
	roomNotFound     = problem{"room-not-found", 404, "There is no such room", false}
	peerNotFound     = problem{"peer-not-found", 404, "There is no such peer", false}
	callNotFound     = problem{"call-not-found", 404, "There is no such call", false}
	methodNotAllowed = problem{"method-not-allowed", 405, "The method is not allowed here", false}
	roomExists       = problem{"room-exists", 409, "There is a room of this name", false}
	roomFull         = problem{"room-full", 409, "The room is full", true}
	peerAway         = problem{"peer-away", 409, "The peer is away", true}
	callExists       = problem{"call-exists", 409, "The room has a call already", false}
	callFull         = problem{"call-full", 409, "The call is full", true}
	callOver         = problem{"call-over", 409, "The call is over", false}
	bodyTooLarge     = problem{"body-too-large", 413, "The body is too large", false}
	tooManyMessages  = problem{"too-many-messages", 429, "Too many messages", true}
	tooManyJoins     = problem{"too-many-joins", 429, "Too many joins from this address", true}
	tooManyPasscodes = problem{"too-many-passcodes", 429, "Too many wrong passcodes", true}
	tooManyProbes    = problem{"too-many-probes", 429, "Too many checks from this address", true}
	tooManyRooms     = problem{"too-many-rooms", 429, "The server holds as many rooms as it may", true}
	tooManyStreams   = problem{"too-many-streams", 429, "The server holds as many streams as it may", true}
	roomLogFull      = problem{"room-log-full", 429, "The room's log is full", true}
	internal         = problem{"internal", 500, "Something went wrong in the server", true}
	draining         = problem{"draining", 503, "The server is stopping", true}
	storageDown      = problem{"storage-unavailable", 503, "The server cannot keep anything at the moment", true}
)

var problems = []problem{
	badRequest, tokenMissing, tokenInvalid, tokenExpired, tokenRevoked, tokenWrongRoom, passcodeRequired, passcodeWrong,
	notYourPeer, notInvited, notInCall, forbidden, notFound, roomNotFound, peerNotFound, callNotFound, methodNotAllowed,
	roomExists, roomFull, peerAway, callExists, callFull, callOver, bodyTooLarge, tooManyMessages, tooManyJoins,
	tooManyPasscodes, tooManyProbes, tooManyRooms, tooManyStreams, roomLogFull, internal, draining,
	storageDown,
}

// sentinels says which problem an error is.
var sentinels = []struct {
	err     error
	problem problem
}{
	{token.ErrMalformed, tokenInvalid}, {token.ErrExpired, tokenExpired}, {room.ErrRevoked, tokenRevoked},
	{room.ErrStale, tokenInvalid}, {room.ErrPasscodeRequired, passcodeRequired}, {room.ErrPasscodeWrong, passcodeWrong},
	{room.ErrNotFound, roomNotFound}, {room.ErrPeerNotFound, peerNotFound}, {room.ErrCallNotFound, callNotFound},
	{room.ErrExists, roomExists}, {room.ErrFull, roomFull}, {room.ErrPeerAway, peerAway},
	{room.ErrTooManyRooms, tooManyRooms}, {call.ErrFull, callFull}, {call.ErrOver, callOver},
	{call.ErrNotInvited, notInvited}, {call.ErrNotInCall, notInCall}, {store.ErrLogFull, roomLogFull},
	{store.ErrUnavailable, storageDown},
}

// problemError is an error that knows its problem.
type problemError struct {
	problem    problem
	detail     string
	retryAfter time.Duration // 0: the default for statuses that need one
}

func (e *problemError) Error() string { return e.problem.code + ": " + e.detail }

// problemBody is what is sent. Type leads into the server's own documentation.
type problemBody struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail,omitempty"`
	Code      string       `json:"code"`
	Retryable bool         `json:"retryable"`
	Errors    []fieldError `json:"errors,omitempty"`
	Call      *call.Call   `json:"call,omitempty"`
}

type fieldError struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// fail answers with the problem that err is, and ends the handler chain.
func (a *API) fail(c *gin.Context, err error) {
	if errors.Is(err, context.Canceled) { // the client is gone: there is nobody to answer, and nothing went wrong
		c.Abort()
		return
	}
	found, body, retryAfter := a.diagnose(err)
	if found.code == internal.code {
		a.log.Error("request failed", "method", c.Request.Method, "route", c.FullPath(), "error", err)
	}
	body.Type, body.Title, body.Status = problemPage+"#"+found.code, found.title, found.status
	body.Code, body.Retryable = found.code, found.retryable
	header := c.Writer.Header()
	if found.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="yodel", error="`+bearerError(found)+`"`)
	}
	if found.status == http.StatusTooManyRequests || found.status == http.StatusServiceUnavailable {
		header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(retryAfter.Seconds())))))
	}
	a.metrics.problems.WithLabelValues(found.code).Inc()
	header.Set("Cache-Control", "no-store")
	encoded, _ := json.Marshal(body) // plain fields: never fails
	c.Data(found.status, "application/problem+json", encoded)
	c.Abort()
}

// bearerError is the error of RFC 6750 §3.1.
func bearerError(p problem) string {
	if p.code == tokenMissing.code {
		return "invalid_request"
	}
	return "invalid_token"
}

func (a *API) diagnose(err error) (problem, problemBody, time.Duration) {
	var body problemBody
	var element *room.ElementError
	prefix := ""
	if errors.As(err, &element) {
		if element.Index >= 0 {
			prefix = fmt.Sprintf("[%d].", element.Index)
		}
		body.Detail = element.Err.Error()
		body.Errors = []fieldError{{Field: prefix + element.Field, Reason: element.Err.Error()}}
	}
	var direct *problemError
	var input *signaling.InputError
	var limited *room.LimitError
	var exists *room.CallExistsError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &direct):
		body.Detail = direct.detail
		return direct.problem, body, direct.retryAfter
	case errors.As(err, &input):
		body.Detail, body.Errors = input.Error(), nil
		for _, field := range input.Fields {
			body.Errors = append(body.Errors, fieldError{Field: prefix + field.Field, Reason: field.Reason})
		}
		return badRequest, body, 0
	case errors.As(err, &limited) && limited.What == "passcodes":
		body.Detail = "too many wrong passcodes for this room from this address"
		return tooManyPasscodes, body, limited.RetryAfter
	case errors.As(err, &limited) && limited.What == "calls":
		body.Detail = "too many calls of this room ended of late"
		return tooManyMessages, body, limited.RetryAfter
	case errors.As(err, &limited):
		body.Detail = "more messages than a peer may send"
		return tooManyMessages, body, limited.RetryAfter
	case errors.As(err, &exists):
		body.Detail, body.Call = exists.Error(), &exists.Call
		return callExists, body, 0
	case errors.As(err, &tooLarge):
		body.Detail = fmt.Sprintf("at most %d bytes", signaling.MaxBody)
		return bodyTooLarge, body, 0
	}
	for _, known := range sentinels {
		if errors.Is(err, known.err) {
			if body.Detail == "" {
				body.Detail = known.err.Error()
			}
			return known.problem, body, a.retryAfter(known.problem)
		}
	}
	return internal, problemBody{}, 0
}

// retryAfter is how long to wait where the error does not say: a full server frees something with the retention, a disk
// may write again at any moment.
func (a *API) retryAfter(p problem) time.Duration {
	if p.status == http.StatusServiceUnavailable {
		return time.Second
	}
	return a.cfg.Retention / 4
}
