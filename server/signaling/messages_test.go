package signaling_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"yodel/server/signaling"
)

const (
	idUpper = "01980C55-3B5E-7C61-9C2E-6F0A4D2B9E11"
	idLower = "01980c55-3b5e-7c61-9c2e-6f0a4d2b9e11"
)

func TestDecodeMessages(t *testing.T) {
	long := strings.Repeat("听", 64)
	tests := map[string]struct {
		body  string
		want  []signaling.Message
		batch bool
	}{
		"the least a message may be": {
			body: `{"type":"x","data":null}`,
			want: []signaling.Message{{Type: "x", Data: signaling.Data("null")}},
		},
		"all members, in any order, between others": {
			body: `{"data": {"b": 1, "a": " 2 "}, "more": [{}], "call": "c", "to": "p", "type": "chat", "id": "` + idUpper + `"}`,
			want: []signaling.Message{{ID: idUpper, Key: idLower, To: "p", Call: "c", Type: "chat", Data: signaling.Data(`{"b":1,"a":" 2 "}`)}},
		},
		"null is absent": {
			body: `{"id":null,"to":null,"call":null,"type":"x","data":0}`,
			want: []signaling.Message{{Type: "x", Data: signaling.Data("0")}},
		},
		"the last of two members counts": {
			body: `{"type":"","type":"x","data":{"long": "text"},"id":"bad","data":[ ],"id":null}`,
			want: []signaling.Message{{Type: "x", Data: signaling.Data("[]")}},
		},
		"escapes in names and values mean what they mean, but for data": {
			body: `{"t\u0079pe":"\u0063hat","dat\u0061":"\u0041","to":"\ud83d\ude00"}`,
			want: []signaling.Message{{To: "😀", Type: "chat", Data: signaling.Data(`"\u0041"`)}},
		},
		"ids of 64 characters are long enough in any script": {
			body: `{"to":"` + long + `","call":"` + long + `","type":"x","data":0}`,
			want: []signaling.Message{{To: long, Call: long, Type: "x", Data: signaling.Data("0")}},
		},
		"an offer keeps members it does not need": {
			body: `{"type":"offer","data":{"sdp":"","type":"\u006fffer","x":[1, 2]}}`,
			want: []signaling.Message{{Type: "offer", Data: signaling.Data(`{"sdp":"","type":"\u006fffer","x":[1,2]}`)}},
		},
		"the end of candidates": {
			body: `{"type":"candidate","data":{"candidate":""}}`,
			want: []signaling.Message{{Type: "candidate", Data: signaling.Data(`{"candidate":""}`)}},
		},
		"a candidate with nulls and the highest line": {
			body: `{"type":"candidate","data":{"candidate":"c","sdpMid":null,"sdpMLineIndex":65535,"usernameFragment":null}}`,
			want: []signaling.Message{{Type: "candidate", Data: signaling.Data(`{"candidate":"c","sdpMid":null,"sdpMLineIndex":65535,"usernameFragment":null}`)}},
		},
		"an array of one is an array": {
			body:  ` [ {"type":"x","data":1} ] `,
			want:  []signaling.Message{{Type: "x", Data: signaling.Data("1")}},
			batch: true,
		},
		"an array in its order": {
			body:  `[{"type":"x","data":[1 ]},{"type":"y","data":{ }},{"type":"x","data":"z"}]`,
			want:  []signaling.Message{{Type: "x", Data: signaling.Data("[1]")}, {Type: "y", Data: signaling.Data("{}")}, {Type: "x", Data: signaling.Data(`"z"`)}},
			batch: true,
		},
		"messages without ids are no repeats": {
			body:  `[{"type":"x","data":1},{"type":"x","data":1}]`,
			want:  []signaling.Message{{Type: "x", Data: signaling.Data("1")}, {Type: "x", Data: signaling.Data("1")}},
			batch: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := []byte(test.body)
			got, batch, err := signaling.DecodeMessages(body)
			for i := range got {
				got[i].Data = bytes.Clone(got[i].Data) // which may be a part of body
			}
			clear(body) // all else the messages must own
			if err != nil || batch != test.batch || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, %v, %v; want %q, %v", got, batch, err, test.want, test.batch)
			}
		})
	}
}

func TestDecodeMessagesRefuses(t *testing.T) {
	const ok = `{"type":"x","data":1}`
	tests := map[string]struct {
		body   string
		fields []string
	}{
		"nothing":                               {"", []string{"type", "data"}},
		"only white space":                      {" \n", []string{"type", "data"}},
		"an empty object":                       {"{}", []string{"type", "data"}},
		"no object":                             {"5", []string{""}},
		"null":                                  {"null", []string{""}},
		"no JSON":                               {"type=x", []string{""}},
		"JSON that breaks off":                  {`{"type":"x","data":{"a":1`, []string{""}},
		"a name that breaks off":                {"{\"\n:1}", []string{""}},
		"two messages without an array":         {ok + ok, []string{""}},
		"an empty array":                        {"[]", []string{""}},
		"an array of 65":                        {"[" + strings.Repeat(ok+",", 64) + ok + "]", []string{""}},
		"an array in an array":                  {"[[" + ok + "]]", []string{"[0]"}},
		"an element that is no object":          {"[" + ok + ",null," + ok + ",7]", []string{"[1]", "[3]"}},
		"two bad elements, each named":          {"[" + ok + `,{"type":"x"},` + ok + `,{"type":"X","data":1}]`, []string{"[1].data", "[3].type"}},
		"an id twice, case aside":               {`[{"type":"x","data":1,"id":"` + idUpper + `"},` + ok + `,{"type":"y","data":2,"id":"` + idLower + `"}]`, []string{"[2].id"}},
		"the same bad id twice":                 {`[{"id":"1","type":"x","data":1},{"id":"1","type":"x","data":1}]`, []string{"[0].id", "[1].id"}},
		"an id that is no UUID":                 {`{"id":"1","type":"x","data":1}`, []string{"id"}},
		"an id with braces":                     {`{"id":"{` + idLower[1:35] + `}","type":"x","data":1}`, []string{"id"}},
		"an empty id":                           {`{"id":"","type":"x","data":1}`, []string{"id"}},
		"a number for an id":                    {`{"id":1,"type":"x","data":1}`, []string{"id"}},
		"an empty to and call":                  {`{"to":"","call":"","type":"x","data":1}`, []string{"to", "call"}},
		"a to and call that are no strings":     {`{"to":["p"],"call":{},"type":"x","data":1}`, []string{"to", "call"}},
		"a to of 65 characters":                 {`{"to":"` + strings.Repeat("听", 65) + `","type":"x","data":1}`, []string{"to"}},
		"a type with a capital":                 {`{"type":"Offer","data":1}`, []string{"type"}},
		"a type of 33 characters":               {`{"type":"` + strings.Repeat("a", 33) + `","data":1}`, []string{"type"}},
		"a type with a newline":                 {`{"type":"a\nid:1","data":1}`, []string{"type"}},
		"a type that begins with a digit":       {`{"type":"1a","data":1}`, []string{"type"}},
		"an empty type":                         {`{"type":"","data":1}`, []string{"type"}},
		"a null type":                           {`{"type":null,"data":1}`, []string{"type"}},
		"a type of the server's":                {`{"type":"call","data":1}`, []string{"type"}},
		"a type that sounds like the server's":  {`{"type":"server-x","data":1}`, []string{"type"}},
		"no data":                               {`{"type":"x"}`, []string{"data"}},
		"an offer of null":                      {`{"type":"offer","data":null}`, []string{"data"}},
		"an offer of an array":                  {`{"type":"offer","data":[{"type":"offer","sdp":""}]}`, []string{"data"}},
		"an empty offer":                        {`{"type":"offer","data":{}}`, []string{"data.type", "data.sdp"}},
		"an offer that is an answer":            {`{"type":"offer","data":{"type":"answer","sdp":""}}`, []string{"data.type"}},
		"an answer that is an offer, in array":  {`[{"type":"answer","data":{"type":"offer","sdp":""}}]`, []string{"[0].data.type"}},
		"an offer without an sdp":               {`{"type":"offer","data":{"type":"offer","sdp":null}}`, []string{"data.sdp"}},
		"an offer whose last data is bad":       {`{"type":"offer","data":{"type":"offer","sdp":""},"data":{}}`, []string{"data.type", "data.sdp"}},
		"an offer whose last sdp is bad":        {`{"type":"offer","data":{"type":"offer","sdp":"","sdp":1}}`, []string{"data.sdp"}},
		"an offer with its members one deeper":  {`{"type":"offer","data":{"a":{"type":"offer","sdp":""}}}`, []string{"data.type", "data.sdp"}},
		"a candidate of a string":               {`{"type":"candidate","data":"candidate:1"}`, []string{"data"}},
		"a null candidate":                      {`{"type":"candidate","data":{"candidate":null}}`, []string{"data.candidate"}},
		"a candidate with members of all kinds": {`{"type":"candidate","data":{"candidate":1,"sdpMid":0,"sdpMLineIndex":"0","usernameFragment":[]}}`, []string{"data.candidate", "data.sdpMid", "data.sdpMLineIndex", "data.usernameFragment"}},
		"a negative line":                       {`{"type":"candidate","data":{"candidate":"","sdpMLineIndex":-1}}`, []string{"data.sdpMLineIndex"}},
		"a line beyond 16 bits":                 {`{"type":"candidate","data":{"candidate":"","sdpMLineIndex":65536}}`, []string{"data.sdpMLineIndex"}},
		"half a line":                           {`{"type":"candidate","data":{"candidate":"","sdpMLineIndex":0.5}}`, []string{"data.sdpMLineIndex"}},
		"a line beyond numbers":                 {`{"type":"candidate","data":{"candidate":"","sdpMLineIndex":1e999}}`, []string{"data.sdpMLineIndex"}},
		"data nested too deep by the envelope":  {`{"type":"x","data":` + nested(64) + `}`, []string{""}},
		"a bad member beside one too deep":      {`{"type":5,"data":` + nested(64) + `}`, []string{""}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			msgs, _, err := signaling.DecodeMessages([]byte(test.body))
			var fields []string
			for _, f := range fieldsOf(t, err) {
				fields = append(fields, f.Field)
				if f.Reason == "" {
					t.Errorf("no reason for %q", f.Field)
				}
			}
			if !slices.Equal(fields, test.fields) || msgs != nil {
				t.Errorf("DecodeMessages(%q) = %v, %v; want wrong %q", test.body, msgs, err, test.fields)
			}
		})
	}
}

func TestDataIsNotAppendedOver(t *testing.T) {
	msgs, _, err := signaling.DecodeMessages([]byte(`[{"type":"x","data":1},{"type":"y","data":2}]`))
	if err != nil {
		t.Fatal(err)
	}
	_ = append(msgs[0].Data, "99999"...)
	if got := string(msgs[1].Data); got != "2" {
		t.Errorf("data of the second message became %q", got)
	}
}

func TestNoLogTellsData(t *testing.T) {
	var log bytes.Buffer
	m := signaling.Message{ID: idLower, Type: "offer", Data: signaling.Data("secret")}
	slog.New(slog.NewJSONHandler(&log, nil)).Info("posted", "message", m, "data", m.Data)
	if got := log.String(); strings.Contains(got, "secret") || strings.Contains(got, "c2VjcmV0") || !strings.Contains(got, "[redacted]") || !strings.Contains(got, idLower) {
		t.Errorf("log says %s", got)
	}
}

func TestReserved(t *testing.T) {
	for typ, want := range map[string]bool{
		"hello": true, "heartbeat": true, "goodbye": true, "reset": true, "peer": true, "room": true, "call": true, "server": true,
		"peer-joined": true, "room-": true, "call-x": true, "server-x-y": true,
		"offer": false, "answer": false, "candidate": false, "chat": false, "peers": false, "callee": false, "hello-x": false, "x-peer": false,
	} {
		if got := signaling.Reserved(typ); got != want {
			t.Errorf("Reserved(%q) = %v", typ, got)
		}
	}
}

func FuzzDecodeMessages(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(compareMessages)
}

// compareMessages checks DecodeMessages against the reference, which finds the same messages or the same faults.
func compareMessages(t *testing.T, body []byte) {
	msgs, batch, err := signaling.DecodeMessages(body)
	want, wantBatch, wantWrong := reference(body)
	var wrong []string
	for _, field := range fieldsOf(t, err) {
		wrong = append(wrong, field.Field)
	}
	slices.Sort(wrong)
	slices.Sort(wantWrong)
	if !slices.Equal(wrong, slices.Compact(wantWrong)) {
		t.Fatalf("DecodeMessages(%q): wrong are %q, want %q", body, wrong, wantWrong)
	}
	if err == nil && (batch != wantBatch || fmt.Sprintf("%q", msgs) != fmt.Sprintf("%q", want)) {
		t.Fatalf("DecodeMessages(%q) = %q, %v; want %q, %v", body, msgs, batch, want, wantBatch)
	}
}
