package fault

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Match says which exchanges a rule is about; the zero Match is about all.
type Match struct {
	Method   string   `json:"method,omitempty"`
	Path     Pattern  `json:"path,omitzero"`
	Class    []string `json:"class,omitempty"`
	NotClass []string `json:"notClass,omitempty"`
	Type     string   `json:"type,omitempty"`
}

// Classes of exchanges.
const (
	Stream     = "stream" // either of the next two
	GetStream  = "get-stream"
	PostStream = "post-stream"
	LongPoll   = "long-poll"
	Short      = "short"
)

// Pattern is a regular expression as text.
type Pattern struct{ re *regexp.Regexp }

// Matching compiles a pattern that is known to be right.
func Matching(expression string) Pattern { return Pattern{regexp.MustCompile(expression)} }

// MarshalText is the expression.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.re.String()), nil }

// UnmarshalText compiles the expression.
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	p.re, err = regexp.Compile(string(text))
	return err
}

// of tells whether m is about x; nil is a connection on which no exchange is under way.
func (m Match) of(x *exchange) bool {
	if x == nil {
		return m.Method == "" && m.Path.re == nil && len(m.Class) == 0 && len(m.NotClass) == 0 && m.Type == ""
	}
	if m.Method != "" && m.Method != x.method || m.Path.re != nil && !m.Path.re.MatchString(x.path) {
		return false
	}
	if m.Type != "" {
		kind := x.contentType.Load()
		if kind == nil || !strings.HasPrefix(*kind, m.Type) {
			return false
		}
	}
	class := x.class()
	return (len(m.Class) == 0 || isClass(m.Class, class)) && !isClass(m.NotClass, class)
}

func isClass(wanted []string, class string) bool {
	return slices.Contains(wanted, class) || slices.Contains(wanted, Stream) && strings.HasSuffix(class, Stream)
}

func (m Match) check() error {
	for _, class := range slices.Concat(m.Class, m.NotClass) {
		if !slices.Contains([]string{Stream, GetStream, PostStream, LongPoll, Short}, class) {
			return fmt.Errorf("class: there is no %q", class)
		}
	}
	return nil
}
