package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"yodel/server/signaling"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps one large request from holding memory for good.
const maxPooled = 16 << 10

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		b.Reset()
		buffers.Put(b)
	}
}

// withBody reads the body and hands it to use, which may not keep it. How long a client may take to send it is the
// http.Server's ReadTimeout.
func withBody(c *gin.Context, use func(body []byte) error) error {
	buffer := buffers.Get().(*bytes.Buffer)
	defer giveBack(buffer)
	if _, err := buffer.ReadFrom(http.MaxBytesReader(c.Writer, c.Request.Body, signaling.MaxBody)); err != nil {
		return bodyError(err)
	}
	return use(buffer.Bytes())
}

// decodeBody reads the body into v; an empty body changes nothing.
func decodeBody(c *gin.Context, v any) error {
	return withBody(c, func(body []byte) error { return signaling.Decode(body, v) })
}

// decodeChecked reads the body as a B and returns what its check makes of it.
func decodeChecked[B interface{ check() (R, error) }, R any](c *gin.Context) (R, error) {
	var body B
	if err := decodeBody(c, &body); err != nil {
		var none R
		return none, err
	}
	return body.check()
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return tooLarge
	}
	reason := "did not arrive whole"
	if errors.Is(err, io.ErrUnexpectedEOF) {
		reason = "ended early"
	}
	return &signaling.InputError{Fields: []signaling.FieldError{{Field: "", Reason: reason}}}
}
