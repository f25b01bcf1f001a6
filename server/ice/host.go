package ice

import (
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// hostName is RFC 1123 §2.1 with the underscore people use inside their networks.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

// ParseHost takes apart what a client calls a server by: host[:port], as in a Host header (RFC 9110 §7.2). Taken off is what
// an ICE URL has no place for and what makes no difference to us: the zone of an address, the dot at the end of a name.
// Port 0: none was said.
func ParseHost(text string) (host string, port int, err error) {
	text = strings.TrimSuffix(withoutZone(text), ":") // an empty port is none (RFC 3986 §3.2.3)
	if why := checkHostPort(text); why != "" {
		return "", 0, errors.New(why)
	}
	host, digits, err := net.SplitHostPort(text)
	if err != nil { // without a port
		host, digits = strings.Trim(text, "[]"), "0"
	}
	port, err = strconv.Atoi(digits)
	return strings.TrimSuffix(host, "."), port, err
}

// HostPort is what ParseHost takes apart.
func HostPort(host string, port int) string {
	if port != 0 {
		return net.JoinHostPort(host, strconv.Itoa(port))
	}
	return strings.TrimSuffix(net.JoinHostPort(host, ""), ":")
}

// ASCIIHost is host[:port] with a name in other letters as browsers and certificates have it (RFC 5891).
func ASCIIHost(text string) (string, error) {
	if !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return text, nil
	}
	host, port, found := strings.Cut(text, ":")
	host, err := idna.Lookup.ToASCII(host)
	if found {
		host += ":" + port
	}
	return host, err
}

// withoutZone drops that of an IPv6 address in brackets (RFC 6874): it is the client's name for one of its own interfaces.
func withoutZone(text string) string {
	address, rest, found := strings.Cut(text, "%")
	if _, after, closed := strings.Cut(rest, "]"); found && closed && strings.HasPrefix(address, "[") {
		return address + "]" + after
	}
	return text
}

// checkHostPort says what is wrong, or "".
func checkHostPort(hostport string) string {
	host := hostport
	if h, port, err := net.SplitHostPort(hostport); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port[0] == '+' {
			return "its port is not a number from 1 to 65535"
		}
		if host = h; strings.Contains(h, ":") {
			host = "[" + h + "]"
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !strings.HasSuffix(inner, "]") || !addr.Is6() || addr.Zone() != "" {
			return "its host is not an IPv6 address in brackets"
		}
		return ""
	}
	if len(host) > 253 || !hostName.MatchString(host) || endsInNumber(host) && net.ParseIP(strings.TrimSuffix(host, ".")) == nil {
		return "its host is neither a name nor an address (IPv6 goes in brackets)"
	}
	return ""
}

// endsInNumber tells whether browsers take a host for an IPv4 address, a wrong one included (WHATWG URL §3.5).
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	return strings.Trim(host[strings.LastIndexByte(host, '.')+1:], "0123456789") == ""
}
