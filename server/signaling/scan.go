package signaling

import "fmt"

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

// fail notes that the first mistake is at pos.
func (s *scanner) fail(reason string) { s.failAt(s.pos, reason) }

// failAt notes a mistake at another place, where reading goes on if at all.
func (s *scanner) failAt(pos int, reason string) {
	s.pos = pos
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
