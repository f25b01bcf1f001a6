package fault

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// FuzzBody holds the framing to net/http's: the same payload and the same end, in whatever parts the bytes come.
func FuzzBody(f *testing.F) {
	f.Add("Transfer-Encoding: chunked", "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\nrest", 1)
	f.Add("Content-Length: 3", "abcd", 2)
	f.Add("X: y", "until the end", 3)
	f.Fuzz(func(t *testing.T, field, text string, step int) {
		raw := "HTTP/1.1 200 OK\r\n" + field + "\r\n\r\n" + text
		theirs, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
		if err != nil || step < 1 || len(field) > 100 || theirs.Uncompressed {
			return
		}
		want, err := io.ReadAll(theirs.Body)
		if err != nil {
			return
		}
		h, err := readHead(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := answerBody(h, "GET")
		if err != nil {
			return // net/http takes a few forms that no server of ours sends
		}
		var got bytes.Buffer
		for rest := raw[len(h.raw):]; rest != "" && !b.over(); {
			part := rest[:min(step, len(rest))]
			n, err := b.take([]byte(part), func(data []byte, end int) {
				if part[end-len(data):end] != string(data) {
					t.Errorf("payload %q does not end at %d of %q", data, end, part)
				}
				got.Write(data)
			})
			if err != nil {
				t.Fatal(err)
			}
			if rest = rest[n:]; n < len(part) && !b.over() {
				t.Fatalf("%q is left", rest)
			}
		}
		if theirs.TransferEncoding == nil && theirs.ContentLength >= 0 && b.framing == framedByClose {
			return
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("payload is %q, want %q", got.Bytes(), want)
		}
	})
}

func TestEventEnds(t *testing.T) {
	for text, want := range map[string]string{
		"data: a\n\ndata: b\n\n":               "9 18",
		": no event\n\ndata: a\r\n\r\n: x\n\n": "22",
		"data: a\r\rid: 1\ndata: b\n\n\n":      "9 24",
		"data: a\n":                            "",
	} {
		var ends eventEnds
		var got []string
		for i := range len(text) {
			if ends.next(text[i]) {
				got = append(got, strconv.Itoa(i+1))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: events end at %v, want %s", text, got, want)
		}
	}
}
