package signaling_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"yodel/server/signaling"
)

// FuzzAppendString compares with encoding/json without HTML escaping; its seeds are the examples.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"quoted\" \\ / <&>", "\x00\x1f\b\f\n\r\t\x7f", "等待对方接听…", "\u2028\u2029", "a\xffb", "\xed\xa0\x80", "😀", "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		got := signaling.AppendString([]byte("x"), s)
		if string(got) != "x"+string(bytes.TrimSuffix(want.Bytes(), []byte("\n"))) {
			t.Fatalf("AppendString(%q) = %s, want %s", s, got[1:], want.Bytes())
		}
		if compact, err := signaling.Compact(nil, got[1:]); err != nil || !bytes.Equal(compact, got[1:]) {
			t.Fatalf("Compact(%s) = %s, %v", got[1:], compact, err)
		}
	})
}
