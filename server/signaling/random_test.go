package signaling_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"yodel/server/signaling"
)

// pick is one of the choices.
func pick(rnd *rand.Rand, choices ...string) string { return choices[rnd.IntN(len(choices))] }

// anyValue is JSON of the kinds that members have, more or less fit for them.
func anyValue(rnd *rand.Rand) string {
	switch rnd.IntN(16) {
	case 0:
		return anyData(rnd)
	case 1:
		return nested(rnd.IntN(70))
	}
	return pick(rnd, "null", "true", "false", "0", "-1", "1.0", "65535", "65536", "1e2", "-0", `""`, `"p"`, `"chat"`, `"peer-x"`,
		`"offer"`, `"answer"`, `"\u006fffer"`, `"candidate"`, `"`+idLower+`"`, `"`+idUpper+`"`, `"v=0\r\n等待"`, `[1, {} ]`)
}

// anyData is an object near to what WebRTC's dictionaries are.
func anyData(rnd *rand.Rand) string {
	names := []string{`"type"`, `"sdp"`, `"candidate"`, `"sdpMid"`, `"sdpMLineIndex"`, `"usernameFragment"`, `"\u0073dp"`, `"more"`}
	likely := map[string]string{`"type"`: `"offer"`, `"sdp"`: `"v=0\r\n"`, `"candidate"`: `""`, `"sdpMLineIndex"`: "1"}
	return anyObject(rnd, names, likely)
}

// anyMessage is an object near to a message.
func anyMessage(rnd *rand.Rand) string {
	names := []string{`"id"`, `"to"`, `"call"`, `"type"`, `"type"`, `"data"`, `"data"`, `"d\u0061ta"`, `"Data"`}
	typ := pick(rnd, `"offer"`, `"answer"`, `"candidate"`, `"chat"`)
	likely := map[string]string{`"id"`: `"` + idLower[:35] + strconv.Itoa(rnd.IntN(10)) + `"`, `"to"`: `"p"`, `"call"`: "null", `"type"`: typ, `"data"`: anyData(rnd)}
	return anyObject(rnd, names, likely, `"type"`, `"data"`)
}

// anyObject has the members named first, nearly always, and then others of names, mostly with their likely values.
func anyObject(rnd *rand.Rand, names []string, likely map[string]string, first ...string) string {
	var members []string
	for i := range rnd.IntN(6) {
		name := pick(rnd, names...)
		if i < len(first) {
			name = first[i]
		}
		value, ok := likely[name]
		if !ok || rnd.IntN(6) == 0 {
			value = anyValue(rnd)
		}
		members = append(members, pick(rnd, "", " ", "\r\n\t")+name+pick(rnd, "", " ")+":"+pick(rnd, "", "\n")+value)
	}
	return "{" + strings.Join(members, pick(rnd, ",", " , ")) + pick(rnd, "", " ") + "}"
}

// anyBody is a message or an array of some, now and then with a byte changed, inserted or lost.
func anyBody(rnd *rand.Rand) []byte {
	body := anyMessage(rnd)
	if rnd.IntN(2) == 0 {
		for range rnd.IntN(4) {
			body += "," + anyMessage(rnd)
		}
		body = "[" + body + "]"
	}
	if rnd.IntN(4) > 0 {
		return []byte(body)
	}
	at := rnd.IntN(len(body))
	return []byte(body[:at] + pick(rnd, "", " ", `"`, `\`, "{", "]", ",", "\x00", "\xff", "听", "1") + body[at+rnd.IntN(2):])
}

// TestRandomBodies goes where fuzzing by bytes takes long to come: well-formed bodies with members of all kinds.
func TestRandomBodies(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2026, 3))
	good := 0
	for range 6000 {
		body := anyBody(rnd)
		if compareMessages(t, body); t.Failed() {
			return
		}
		compareCompact(t, body)
		if _, _, err := signaling.DecodeMessages(body); err == nil {
			good++
		}
	}
	if good < 500 {
		t.Errorf("only %d bodies were good: the test proves little", good)
	}
}
