package httpapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"yodel/server/room"
	"yodel/server/signaling"
	"yodel/store"
)

// FuzzFrames encodes an event and a transient one as a stream does, and has them read by a parser that knows nothing of
// how they were written.
func FuzzFrames(f *testing.F) {
	f.Add("note", `{"a":"b\r\n\u2028"}`, uint64(1))
	f.Add("offer", "\"\u2028\u0085 data: x\"", uint64(1<<63))
	f.Add("x-1", `[" : id: event: retry: ",null,1e-9]`, uint64(0))
	f.Fuzz(func(t *testing.T, typ, data string, seq uint64) {
		quoted, err := json.Marshal(typ)
		if err != nil {
			t.Fatal(err)
		}
		messages, batch, err := signaling.DecodeMessages([]byte(`{"type":` + string(quoted) + `,"data":` + data + `}`))
		if err != nil || batch {
			return // refused before it gets so far
		}
		m := messages[0]
		record := &store.Record{
			Event: store.Event{Type: m.Type, Body: []byte(`"type":"` + m.Type + `","data":` + string(m.Data) + "}")},
			Epoch: "0123456789abcdef", Seq: seq, AtMsec: 1_700_000_000_123,
		}
		var out bytes.Buffer
		appendEvent(&out, record)
		appendTransient(&out, "goodbye", "r", 250*time.Millisecond, byeData{m.Type, 250})
		appendEvent(&out, record)
		sent := bytes.Clone(out.Bytes())
		var got []sseEvent
		if err := parseSSE(&out, func(e sseEvent) { got = append(got, e) }); err != nil {
			t.Fatalf("%v: %q", err, sent)
		}
		want := sseEvent{kind: m.Type, id: record.Position().String(), data: string(room.AppendJSON(nil, record))}
		if len(got) != 3 || got[0] != want || got[2] != want {
			t.Fatalf("sent %q, read %q", sent, got)
		}
		if got[1].kind != "goodbye" || got[1].id != "" || got[1].retry != "250" || !json.Valid([]byte(got[1].data)) {
			t.Fatalf("read %q", got[1])
		}
		if !json.Valid([]byte(got[0].data)) {
			t.Fatalf("data is no JSON: %q", got[0].data)
		}
	})
}

func TestWhoWantsAStream(t *testing.T) {
	for accept, want := range map[string]bool{
		"":                                    false,
		"*/*":                                 false,
		"text/*":                              false,
		"application/json":                    false,
		"text/event-stream":                   true,
		"TEXT/Event-Stream":                   true,
		"text/event-stream;q=0":               false,
		"text/event-stream; q=0.000":          false,
		"text/event-stream; q=0.5":            true,
		"text/event-stream; charset=utf-8":    true,
		"text/html, text/event-stream":        true,
		"application/json,text/event-stream ": true,
		";;;, text/event-stream":              true,
		"text/event-streams":                  false,
	} {
		if got := wantsStream(accept); got != want {
			t.Errorf("Accept: %q: %v", accept, got)
		}
	}
}

func FuzzWantsStream(f *testing.F) {
	f.Add("text/event-stream;q=0, */*;q=\"")
	f.Add(",;,=;\x00\xff")
	f.Fuzz(func(t *testing.T, accept string) {
		if wantsStream(accept) && !strings.Contains(strings.ToLower(accept), "text/event-stream") {
			t.Errorf("%q", accept)
		}
		if !wantsStream("text/event-stream," + accept) {
			t.Errorf("%q hides it", accept)
		}
	})
}
