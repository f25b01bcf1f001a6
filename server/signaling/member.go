package signaling

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// What follows tells what a member is by its JSON text, which the scanner has accepted; nil stands for an absent one.

// optional is the string that text stands for: nothing for an absent member or null. An empty string is not ok, nor
// is a value of another kind.
func optional(text []byte) (value []byte, ok bool) {
	if text == nil || text[0] == 'n' {
		return nil, true
	}
	if text[0] != '"' || len(text) == len(`""`) {
		return nil, false
	}
	return unquoted(text), true
}

// unquoted is the value of a JSON string. Only one with escapes costs an allocation; an escaped lone surrogate
// becomes U+FFFD. Nil, which stands for a name that could not be read, has no value.
func unquoted(text []byte) []byte {
	if text == nil {
		return nil
	}
	if bytes.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1]
	}
	var value string
	_ = json.Unmarshal(text, &value) // the scanner has accepted it
	return []byte(value)
}

// isNone reports whether a member is absent or null.
func isNone(text []byte) bool { return text == nil || text[0] == 'n' }

// isString reports whether a member is a string.
func isString(text []byte) bool { return text != nil && text[0] == '"' }

// isUint16 reports whether a member is a number whose value is an unsigned short; 1.0 and 1e0 are 1 in JSON.
func isUint16(text []byte) bool {
	if text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return false
	}
	if bytes.ContainsAny(text, "-.eE") {
		f, err := strconv.ParseFloat(string(text), 64)
		return err == nil && f >= 0 && f <= 65535 && f == float64(uint16(f))
	}
	_, err := strconv.ParseUint(string(text), 10, 16)
	return err == nil
}
