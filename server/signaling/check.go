package signaling

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const notUUID = "must be a UUID of 36 characters"

// CheckRoomID checks that s is 1 to 64 of A-Z a-z 0-9 _ -. Its *InputError names the field "room".
func CheckRoomID(s string) error {
	const reason = "must be 1 to 64 characters of A-Z a-z 0-9 _ -"
	if len(s) < 1 || len(s) > 64 {
		return wrong("room", reason)
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return wrong("room", reason)
		}
	}
	return nil
}

// CheckName checks that s can stand for a person: 1 to 64 characters, something to be seen among them, none that
// controls the terminal or the direction of text it is shown in. Its *InputError names the field "name".
func CheckName(s string) error {
	switch {
	case s == "" || utf8.RuneCountInString(s) > 64:
		return wrong("name", "must have 1 to 64 characters")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, misleads):
		return wrong("name", "must not contain control or text direction characters")
	case !strings.ContainsFunc(s, visible):
		return wrong("name", "must not be blank")
	}
	return nil
}

// CheckNote checks that s has at most 200 characters, none that CheckName forbids but for the newline. Its
// *InputError names the field "note".
func CheckNote(s string) error {
	bad := func(r rune) bool { return r != '\n' && misleads(r) }
	switch {
	case utf8.RuneCountInString(s) > 200:
		return wrong("note", "must have at most 200 characters")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, bad):
		return wrong("note", "must not contain control or text direction characters other than the newline")
	}
	return nil
}

// CheckPasscode checks that s has at most 128 bytes; none at all is for the caller to judge. Its *InputError names
// the field "passcode".
func CheckPasscode(s string) error {
	if len(s) > 128 {
		return wrong("passcode", "must have at most 128 bytes")
	}
	return nil
}

// CheckUUID checks that s is a UUID in its form of 36 characters, of any version and either case. Its *InputError
// names field.
func CheckUUID(field, s string) error {
	if !isUUID(s) {
		return wrong(field, notUUID)
	}
	return nil
}

// misleads reports whether r makes text read as something else: control characters (Unicode Cc), line and paragraph
// separators, and what opens or closes a run of another direction (Unicode TR #9 §2). The marks of direction, which
// names in Arabic or Hebrew may need, do no such thing.
func misleads(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

// visible reports whether r leaves a mark: neither white space nor a format character such as U+200B.
func visible(r rune) bool { return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) }

// isUUID reports whether text is a UUID of RFC 9562 §4: 8-4-4-4-12 hexadecimal digits.
func isUUID[T string | []byte](text T) bool {
	return len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' &&
		hex(text[:8]) && hex(text[9:13]) && hex(text[14:18]) && hex(text[19:23]) && hex(text[24:])
}
