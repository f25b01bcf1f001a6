package fault

// eventEnds finds where Server-Sent Events end in a body as it comes (WHATWG HTML §9.2.5). A block of comments alone is no
// event.
type eventEnds struct {
	line   int  // bytes of the line so far
	field  bool // the block has a line that is no comment
	lastCR bool
}

// next tells whether an event ends with this byte.
func (e *eventEnds) next(b byte) bool {
	afterCR := e.lastCR
	e.lastCR = b == '\r'
	switch {
	case b == '\n' && afterCR: // the second half of a line's end
		return false
	case b != '\n' && b != '\r':
		if e.line == 0 && b != ':' {
			e.field = true
		}
		e.line++
		return false
	case e.line > 0:
		e.line = 0
		return false
	}
	ended := e.field
	e.field = false
	return ended
}
