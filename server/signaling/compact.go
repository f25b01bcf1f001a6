package signaling

// Compact appends src to dst without the white space outside strings; all else stays as it was written. src must be
// one JSON value (RFC 8259) in valid UTF-8, nested at most MaxDepth; if not, the error is an *InputError and dst
// comes back as it was. dst may be src[:0], which compacts in place (and ruins src if it is refused).
func Compact(dst, src []byte) ([]byte, error) {
	s := scanner{src: src, out: dst}
	s.one()
	if s.err != nil {
		return dst, s.err
	}
	return append(s.out, src[s.from:]...), nil
}
