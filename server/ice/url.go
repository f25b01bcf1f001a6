package ice

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hostName is RFC 1123 §2.1 with the underscore people use inside their networks.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

// CheckSTUN refuses what is not a stun: or stuns: URL, with a sentence that says why.
func CheckSTUN(raw string) error { return checkURL(raw, "stun", "stuns") }

// CheckTURN refuses what is not a turn: or turns: URL, with a sentence that says why.
func CheckTURN(raw string) error { return checkURL(raw, "turn", "turns") }

// KindOf names the way that an ICE URL takes: stun-udp, stun-tls, turn-udp, turn-tcp, turn-tls, or turn-dtls.
func KindOf(raw string) string {
	scheme, rest, _ := strings.Cut(strings.ToLower(raw), ":")
	tcp := strings.HasSuffix(rest, "?transport=tcp")
	switch {
	case scheme == "stun":
		return "stun-udp"
	case scheme == "stuns":
		return "stun-tls"
	case scheme == "turns" && strings.HasSuffix(rest, "?transport=udp"):
		return "turn-dtls"
	case scheme == "turns":
		return "turn-tls" // RFC 7065 §3.1: TCP is what turns means
	case tcp:
		return "turn-tcp"
	}
	return "turn-udp"
}

// checkURL accepts scheme ":" host [":" port] (RFC 7064 §3.1) and for turn and turns also "?transport=udp" or "tcp" (RFC
// 7065 §3.1), the only transports browsers know. Browsers throw on anything else, for all servers of the list at once.
func checkURL(raw string, schemes ...string) error {
	bad := func(why string) error { return fmt.Errorf("%q is not a %s URL: %s", raw, schemes[0], why) }
	scheme, rest, found := strings.Cut(raw, ":")
	if !found || !slices.Contains(schemes, strings.ToLower(scheme)) {
		return bad("it must begin with " + strings.Join(schemes, ": or ") + ":")
	}
	if strings.HasPrefix(rest, "//") {
		return bad("there are no slashes after the colon")
	}
	hostport, query, asked := strings.Cut(rest, "?")
	if asked {
		if schemes[0] != "turn" {
			return bad("it takes no query")
		}
		if query != "transport=udp" && query != "transport=tcp" {
			return bad("its query may only be transport=udp or transport=tcp")
		}
	}
	if why := checkHostPort(hostport); why != "" {
		return bad(why)
	}
	return nil
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
	if len(host) > 253 || !hostName.MatchString(host) {
		return "its host is neither a name nor an address (IPv6 goes in brackets)"
	}
	return ""
}
