package doctor

import (
	"fmt"

	"github.com/pion/stun/v4"
)

// again is for refusals that may be over soon.
const again = "; look again in a minute"

// refusals are the words for codes of STUN (RFC 8489 §14.8) and TURN (RFC 8656 §19).
var refusals = map[stun.ErrorCode]string{
	stun.CodeTryAlternate:           "it names another server instead, and the doctor stays here",
	stun.CodeBadRequest:             "it does not understand the request",
	stun.CodeUnauthorized:           "it does not take the name and password that this server gave us",
	stun.CodeWrongCredentials:       "it does not take the name and password that this server gave us",
	stun.CodeForbidden:              "it forbids it",
	stun.CodeAllocMismatch:          "it takes this for an older connection of ours",
	stun.CodeStaleNonce:             "it does not accept the nonce that it gave us itself",
	stun.CodeAddrFamilyNotSupported: "it has no address of our family, IPv4 or IPv6",
	stun.CodePeerAddrFamilyMismatch: "it has no address of our family, IPv4 or IPv6",
	stun.CodeUnsupportedTransProto:  "it does not relay UDP",
	stun.CodeAllocQuotaReached:      "as many relays are open as it allows" + again,
	stun.CodeServerError:            "it has an error of its own" + again,
	stun.CodeInsufficientCapacity:   "it has no room for another relay" + again,
}

// refusal is the failure of a relay that answered code: the way to it is open.
func refusal(code int, phrase string) *failure {
	words, known := refusals[stun.ErrorCode(code)]
	if !known {
		words = "its own words are “" + printable(phrase) + "”"
	}
	f := fail(Refusal, fmt.Errorf("STUN error %d %s", code, printable(phrase)), "the relay answers and refuses (%d): %s", code, words)
	f.code = code
	return f
}

// refusalAdvice is for whoever runs the relay.
func refusalAdvice(code int) string {
	switch stun.ErrorCode(code) {
	case 0:
		return "look into its log for why its relay answers and does not relay"
	case stun.CodeUnauthorized, stun.CodeWrongCredentials, stun.CodeStaleNonce:
		return fmt.Sprintf("give the relay and the server the same secret and the right time: the relay refuses (%d)", code)
	case stun.CodeAllocQuotaReached, stun.CodeInsufficientCapacity:
		return fmt.Sprintf("allow more relays at once (--limit-turn-peer, --limit-turn, --turn-relay-ports; coturn: user-quota, total-quota): the relay refuses (%d)", code)
	}
	return fmt.Sprintf("look into the relay's log for why it refuses (%d)", code)
}
