package ice

import (
	"fmt"
	"slices"
	"strings"
)

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
