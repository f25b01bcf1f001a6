package signaling

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// text reads the string that starts at pos: RFC 8259 §7, in UTF-8 of RFC 3629.
func (s *scanner) text() {
	src, pos := s.src, s.pos+1
	for {
		pos = plain(src, pos)
		if pos == len(src) {
			s.failAt(pos, "a string does not end")
			return
		}
		switch c := src[pos]; {
		case c == '"':
			s.pos = pos + 1
			return
		case c == '\\':
			n := escape(src[pos:])
			if n == 0 {
				s.failAt(pos, "an unknown escape")
				return
			}
			pos += n
		case c >= utf8.RuneSelf:
			for pos < len(src) && src[pos] >= utf8.RuneSelf {
				r, n := utf8.DecodeRune(src[pos:])
				if r == utf8.RuneError && n == 1 {
					s.failAt(pos, "invalid UTF-8")
					return
				}
				pos += n
			}
		default:
			s.failAt(pos, "a control character in a string")
			return
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// plain is the place of the first byte of src at or after pos that a string reader has to look at: quote, backslash,
// control or not ASCII; len(src) if there is none. It takes eight bytes at a time: subtracting from all of them at
// once sets the top bit of the first such byte, and of none before it.
func plain(src []byte, pos int) int {
	for ; len(src)-pos >= 8; pos += 8 {
		w := binary.LittleEndian.Uint64(src[pos:])
		special := (w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones) | w
		if special &= highs; special != 0 {
			return pos + bits.TrailingZeros64(special)/8
		}
	}
	for pos < len(src) && src[pos] >= ' ' && src[pos] < utf8.RuneSelf && src[pos] != '"' && src[pos] != '\\' {
		pos++
	}
	return pos
}

// escape is how many bytes the escape takes that text begins with, its backslash included; 0 if it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 'n', 'r', '"', '\\', '/', 'b', 'f', 't':
		return 2
	case 'u':
		if len(text) >= 6 && hex(text[2:6]) {
			return 6
		}
	}
	return 0
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
