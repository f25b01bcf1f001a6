package signaling

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// scanner reads JSON text (RFC 8259) once from front to back, checking grammar, UTF-8 and depth as it goes, and
// copies what it is asked to without the white space between tokens. err keeps the first mistake; after it every
// method may still be called, loops over members end, and nothing read means anything.
type scanner struct {
	src   []byte
	pos   int
	depth int
	err   *InputError

	out  []byte // compacted text
	from int    // start of what is read but not yet copied to out; -1 while nothing is to be copied
}

// fail notes the first mistake, which is at pos.
func (s *scanner) fail(reason string) {
	if s.err == nil {
		s.err = wrong("", fmt.Sprintf("is not acceptable JSON: %s at byte %d", reason, s.pos))
	}
}

// one reads the single value that src must be.
func (s *scanner) one() {
	s.value()
	s.end()
}

// end checks that nothing but white space follows.
func (s *scanner) end() {
	if s.space(); s.err == nil && s.pos < len(s.src) {
		s.fail("something follows the value")
	}
}

// value reads one value of any kind.
func (s *scanner) value() {
	switch c := s.space(); c {
	case '"':
		s.text()
	case '{':
		for more := s.open('}'); more; more = s.more('}') {
			s.name()
			s.value()
		}
	case '[':
		for more := s.open(']'); more; more = s.more(']') {
			s.value()
		}
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		s.number()
	default:
		s.fail("a value should start")
	}
}

// open steps into the array or object that starts at pos and ends with closing, and reports whether it has members.
func (s *scanner) open(closing byte) bool {
	if s.depth++; s.depth > MaxDepth {
		s.fail("nested too deep")
		return false
	}
	s.pos++
	if s.space() == closing {
		s.pos++
		s.depth--
		return false
	}
	return s.err == nil
}

// more steps over the comma to the next member, or out of the array or object that closing ends.
func (s *scanner) more(closing byte) bool {
	if s.err != nil {
		return false
	}
	switch s.space() {
	case ',':
		s.pos++
		return true
	case closing:
		s.pos++
		s.depth--
	default:
		s.fail("a comma or closing bracket is missing")
	}
	return false
}

// name reads an object member's name with its colon, and returns the string with its quotes.
func (s *scanner) name() []byte {
	if s.space() != '"' {
		s.fail("a member's name is missing")
		return nil
	}
	start := s.pos
	s.text()
	name := s.src[start:s.pos]
	if s.space() != ':' {
		s.fail("a colon is missing")
	}
	if s.err != nil {
		return nil
	}
	s.pos++
	return name
}

// space skips white space and returns the byte at pos, or 0 at the end; no value starts with 0 either.
func (s *scanner) space() byte {
	start := s.pos
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			if s.pos > start {
				s.cut(start)
			}
			return c
		}
		s.pos++
	}
	s.cut(start)
	return 0
}

// cut copies what was read before start, and leaves out what lies between start and pos.
func (s *scanner) cut(start int) {
	if s.from >= 0 {
		s.out = append(s.out, s.src[s.from:start]...)
		s.from = s.pos
	}
}

// word reads true, false or null.
func (s *scanner) word(w string) {
	if len(s.src)-s.pos < len(w) || string(s.src[s.pos:s.pos+len(w)]) != w {
		s.fail("a value should start")
		return
	}
	s.pos += len(w)
}

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?, RFC 8259 §6.
func (s *scanner) number() {
	if s.at('-') {
		s.pos++
	}
	if s.at('0') {
		s.pos++
	} else {
		s.digits()
	}
	if s.at('.') {
		s.pos++
		s.digits()
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		s.digits()
	}
}

// digits reads one digit or more.
func (s *scanner) digits() {
	start := s.pos
	for s.pos < len(s.src) && '0' <= s.src[s.pos] && s.src[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.fail("a digit is missing")
	}
}

// at reports whether c is next.
func (s *scanner) at(c byte) bool { return s.pos < len(s.src) && s.src[s.pos] == c }

// text reads the string that starts at pos.
func (s *scanner) text() {
	s.pos++
	for s.plain(); s.pos < len(s.src); s.plain() {
		switch c := s.src[s.pos]; {
		case c == '"':
			s.pos++
			return
		case c == '\\':
			if !s.escape() {
				return
			}
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(s.src[s.pos:])
			if r == utf8.RuneError && size == 1 {
				s.fail("invalid UTF-8")
				return
			}
			s.pos += size
		default:
			s.fail("a control character in a string")
			return
		}
	}
	s.fail("a string does not end")
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// plain skips the bytes of a string that need no look: ASCII but for controls, quote and backslash. It takes eight at
// a time; in special the top bit of the first byte that does need one is set, and none before it.
func (s *scanner) plain() {
	src, pos := s.src, s.pos
	for ; len(src)-pos >= 8; pos += 8 {
		w := binary.LittleEndian.Uint64(src[pos:])
		special := (w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones) | w
		if special &= highs; special != 0 {
			s.pos = pos + bits.TrailingZeros64(special)/8
			return
		}
	}
	for pos < len(src) && src[pos] >= ' ' && src[pos] < utf8.RuneSelf && src[pos] != '"' && src[pos] != '\\' {
		pos++
	}
	s.pos = pos
}

// escape reads a backslash and what belongs to it, and reports whether that is an escape of RFC 8259 §7.
func (s *scanner) escape() bool {
	s.pos++
	if s.pos < len(s.src) {
		switch s.src[s.pos] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			s.pos++
			return true
		case 'u':
			if s.pos+5 <= len(s.src) && hex(s.src[s.pos+1:s.pos+5]) {
				s.pos += 5
				return true
			}
		}
	}
	s.fail("an unknown escape")
	return false
}

// hex reports whether all of text are hexadecimal digits.
func hex[T string | []byte](text T) bool {
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
