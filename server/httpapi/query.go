package httpapi

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// queryValue is the first value of name in the request's query, and whether there is one. What cannot be unescaped stays
// as it was sent, for the caller to refuse: net/url drops it without a word.
func queryValue(c *gin.Context, name string) (value string, given bool) {
	for pair := range strings.SplitSeq(c.Request.URL.RawQuery, "&") {
		key, raw, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err != nil || key != name {
			continue
		}
		if value, err := url.QueryUnescape(raw); err == nil {
			return value, true
		}
		return raw, true
	}
	return "", false
}
