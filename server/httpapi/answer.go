package httpapi

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"yodel/server/ice"
	"yodel/server/signaling"
)

var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
)

// answer sends v as JSON; what the API says is never cached.
func (a *API) answer(c *gin.Context, status int, v any) {
	encoded, err := json.Marshal(v)
	if err != nil {
		a.fail(c, err)
		return
	}
	answerJSON(c, status, encoded)
}

func answerJSON(c *gin.Context, status int, encoded []byte) {
	header := c.Writer.Header()
	header["Content-Type"] = jsonType
	header["Cache-Control"] = noStore
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(encoded) // the client may be gone; there is nobody to tell
}

// origin is how links begin: as configured, else as the client reached us, or its proxy if we trust that.
func (a *API) origin(c *gin.Context) string {
	if a.cfg.PublicURL != "" {
		return a.cfg.PublicURL
	}
	return a.reachedAt(c)
}

// reachedAt is the origin that the client used, as far as the request and proxies that we trust tell.
func (a *API) reachedAt(c *gin.Context) string {
	scheme, hostport := a.calledBy(c)
	if host, port, err := ice.ParseHost(hostport); err == nil {
		hostport = ice.HostPort(host, port)
	}
	return scheme + "://" + hostport
}

// calledBy is how the client says it has come, be it sense or not.
func (a *API) calledBy(c *gin.Context) (scheme, hostport string) {
	scheme, hostport = "http", c.Request.Host
	if c.Request.TLS != nil {
		scheme = "https"
	}
	if a.isTrusted(c) {
		if proto := strings.ToLower(firstOf(c.GetHeader("X-Forwarded-Proto"))); proto == "https" || proto == "http" {
			scheme = proto
		}
		if forwarded := firstOf(c.GetHeader("X-Forwarded-Host")); isHost(forwarded) {
			hostport = forwarded
		}
	}
	return scheme, hostport
}

// named refuses a request that does not tell where it has found us, where the answer has to say that: in a link, or as the
// place of STUN and TURN. RFC 9112 §3.2 wants no less. What --public-url says makes all of that no matter.
func (a *API) named(handler gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		_, hostport := a.calledBy(c)
		if err := checkHost(hostport); err != nil && a.cfg.PublicURL == "" {
			a.fail(c, err)
			return
		}
		handler(c)
	}
}

// checkHost refuses a Host header that names no host.
func checkHost(hostport string) error {
	_, _, err := ice.ParseHost(hostport)
	if err == nil {
		return nil
	}
	reason := err.Error()
	if hostport == "" {
		reason = "is missing"
	}
	return &signaling.InputError{Fields: []signaling.FieldError{{Field: "Host", Reason: reason}}}
}

// firstOf is what the proxy next to the client said, where each on the way has added a word of its own.
func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}

// isHost tells whether a text can stand between the slashes of a URL, as a host with or without a port.
func isHost(text string) bool { return checkHost(text) == nil }

// isTrusted tells whether the connection comes from a proxy of ours.
func (a *API) isTrusted(c *gin.Context) bool {
	addr, err := netip.ParseAddr(c.RemoteIP())
	if err != nil {
		return false
	}
	for _, prefix := range a.cfg.TrustedProxies {
		if prefix.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// clientAddress is who is asking, as far as trusted proxies tell; the zero address where the connection has none.
func (a *API) clientAddress(c *gin.Context) netip.Addr {
	if told := c.Request.Header["X-Forwarded-For"]; len(told) > 0 {
		c.Request.Header["X-Forwarded-For"] = withoutPorts(told)
	}
	addr, _ := netip.ParseAddr(c.ClientIP())
	return addr.Unmap()
}

// withoutPorts takes off the ports that some proxies write behind addresses; gin would not know such an address.
func withoutPorts(lists []string) []string {
	var all []string
	for _, text := range strings.Split(strings.Join(lists, ","), ",") {
		text = strings.TrimSpace(text)
		if at, err := netip.ParseAddrPort(text); err == nil {
			text = at.Addr().String()
		} else {
			text = strings.Trim(text, "[]")
		}
		all = append(all, text)
	}
	return []string{strings.Join(all, ", ")}
}

// fields collects what is wrong with a request.
type fields []signaling.FieldError

func (f *fields) add(err error) {
	var input *signaling.InputError
	if errors.As(err, &input) {
		*f = append(*f, input.Fields...)
	}
}

func (f *fields) require(ok bool, field, reason string) {
	if !ok {
		*f = append(*f, signaling.FieldError{Field: field, Reason: reason})
	}
}

func (f *fields) err() error {
	if len(*f) == 0 {
		return nil
	}
	return &signaling.InputError{Fields: *f}
}
