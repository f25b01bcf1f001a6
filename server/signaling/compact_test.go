package signaling_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"yodel/server/signaling"
)

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestCompact(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"white space between tokens goes":     {" { \"a\" :\t[ 1 ,\r\n2 ] , \"b\":{ } }\n", `{"a":[1,2],"b":{}}`},
		"white space in strings stays":        {`[ " a  b " ]`, `[" a  b "]`},
		"escapes stay as they were written":   {`"\u0041\/\n\ud83d\ude00\ud800"`, `"\u0041\/\n\ud83d\ude00\ud800"`},
		"text beyond ASCII stays unescaped":   {`"等待对方接听…<&>"`, `"等待对方接听…<&>"`},
		"numbers are not converted":           {`[ -0, 1.50, 1E+2, 12345678901234567890123 ]`, `[-0,1.50,1E+2,12345678901234567890123]`},
		"members keep their order and number": {`{"b":1, "a":2, "b":3}`, `{"b":1,"a":2,"b":3}`},
		"a single word is a value":            {" null ", "null"},
		"as deep as allowed":                  {nested(64), nested(64)},
		"a string longer than a machine word": {`"0123456789abcdef\\0123456789abcdef"`, `"0123456789abcdef\\0123456789abcdef"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := signaling.Compact([]byte("before:"), []byte(test.in))
			if err != nil || string(got) != "before:"+test.want {
				t.Errorf("Compact(%q) = %q, %v; want %q", test.in, got, err, test.want)
			}
			in := []byte(test.in)
			if got, err = signaling.Compact(in[:0], in); err != nil || string(got) != test.want {
				t.Errorf("in place: Compact(%q) = %q, %v; want %q", test.in, got, err, test.want)
			}
		})
	}
}

func TestCompactRefuses(t *testing.T) {
	tests := map[string]string{
		"nothing":                               "",
		"only white space":                      " \n",
		"a second value":                        "{} {}",
		"a comma before the end of an array":    "[1,]",
		"a comma before the end of an object":   `{"a":1,}`,
		"a missing comma":                       "[1 2]",
		"a missing colon":                       `{"a" 1}`,
		"a name that is no string":              "{a:1}",
		"an unclosed array":                     "[1",
		"the wrong closing bracket":             "[1}",
		"an unclosed string":                    `"abc`,
		"an unclosed name before a control":     "{\"\n:1}",
		"a lone quote":                          `"`,
		"a newline in a string":                 "\"a\nb\"",
		"a control character far into a string": "\"0123456789abcdef\x01\"",
		"an unknown escape":                     `"\x41"`,
		"an escape of too few digits":           `"\u12"`,
		"an escape of no hexadecimal digits":    `"\u12g4"`,
		"control characters for digits":         "\"\\u\x10\x11\x12\x13\"",
		"a leading zero":                        "01",
		"a plus sign":                           "+1",
		"a lone minus":                          "-",
		"a point without decimals":              "1.",
		"an exponent without digits":            "1e+",
		"a word in capitals":                    "True",
		"half a word":                           "nul",
		"NaN":                                   "NaN",
		"a byte order mark":                     "\ufeff{}",
		"NUL":                                   "\x00",
		"white space of another kind":           "[\u00a01]",
		"invalid UTF-8":                         "\"\xff\"",
		"half a character":                      "\"\xe7\xad\"",
		"an encoded surrogate":                  "\"\xed\xa0\x80\"",
		"an overlong encoding":                  "\"\xc0\xaf\"",
		"invalid UTF-8 between tokens":          "[\xff]",
		"one level too deep":                    nested(65),
		"one object too deep":                   strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65),
		"very deep":                             strings.Repeat("[", signaling.MaxBody),
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := signaling.Compact([]byte("before"), []byte(in))
			if fields := fieldsOf(t, err); len(fields) != 1 || fields[0].Field != "" {
				t.Errorf("Compact(%q) = %v, want an InputError for the body", in, err)
			}
			if string(got) != "before" {
				t.Errorf("dst came back as %q", got)
			}
		})
	}
}

// depth is how deep valid JSON is nested.
func depth(text []byte) (deepest int) {
	now := 0
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == '[' || c == '{'):
			now++
			deepest = max(deepest, now)
		case !inString && (c == ']' || c == '}'):
			now--
		}
	}
	return deepest
}

// acceptable says by other means what this package has to accept as JSON.
func acceptable(text []byte) bool {
	return json.Valid(text) && utf8.Valid(text) && depth(text) <= signaling.MaxDepth
}

func FuzzCompact(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(compareCompact)
}

// compareCompact checks Compact against encoding/json: it accepts the same and yields the same.
func compareCompact(t *testing.T, in []byte) {
	before := bytes.Clone(in)
	got, err := signaling.Compact(nil, in)
	if !bytes.Equal(in, before) {
		t.Fatalf("Compact changed its input from %q to %q", before, in)
	}
	if ok := acceptable(in); ok != (err == nil) {
		t.Fatalf("Compact(%q): %v, but acceptable is %v", in, err, ok)
	}
	if err != nil {
		return
	}
	var want bytes.Buffer
	if err := json.Compact(&want, in); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Fatalf("Compact(%q) = %q, want %q", in, got, want.Bytes())
	}
	before = bytes.Clone(in)
	again, err := signaling.Compact(before[:0], before)
	if err != nil || !bytes.Equal(again, got) {
		t.Fatalf("in place: %q, %v; want %q", again, err, got)
	}
}
