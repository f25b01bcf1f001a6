package httpapi

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Refusal is the whole answer to a request that net/http cannot read, so that no handler can answer it; text is what
// net/http would have said, as "400 Bad Request: missing required Host header". The connection is closed after it.
func Refusal(text string) []byte {
	reason := "is not HTTP that this server reads"
	if _, more, found := strings.Cut(text, ": "); found {
		reason += ": " + more
	} else if strings.HasPrefix(text, "431") {
		reason = "has too long a path or too many headers"
	}
	body, _ := json.Marshal(problemBody{ // plain fields: never fails
		Type: problemPage + "#" + badRequest.code, Title: badRequest.title, Status: badRequest.status, Code: badRequest.code,
		Retryable: badRequest.retryable, Detail: "the request " + reason, Errors: []fieldError{{Field: "", Reason: reason}},
	})
	const head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n" +
		"Connection: close\r\nContent-Length: %d\r\n\r\n%s"
	return fmt.Appendf(nil, head, len(body), body)
}
