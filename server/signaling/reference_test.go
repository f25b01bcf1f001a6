package signaling_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"yodel/server/signaling"
)

// seeds start every fuzz test: bodies good and bad.
var seeds = []string{
	"", "{}", "[]", "null", `"text"`, candidate, string(offer), "[" + candidate + "," + string(offer) + "]",
	" [ { \"type\" : \"chat\" , \"data\" : [ 1 , { \"a b\" : \" x \" } ] } ] ",
	`{"type":"answer","data":{"type":"answer","sdp":"v=0\r\n"},"id":null,"to":null,"call":"","unknown":[[{}]]}`,
	`{"t\u0079pe":"c\u0068at","data":null,"to":"等待\ud800","data":"last wins"}`,
	`[{"type":"a","data":1,"id":"01980C55-3b5e-7c61-9c2e-6f0a4d2b9e11"},{"type":"b","data":2,"id":"01980c55-3b5e-7c61-9c2e-6f0a4d2b9e11"}]`,
	`{"type":"candidate","data":{"candidate":"","sdpMid":null,"sdpMLineIndex":1e1,"usernameFragment":null,"more":{}}}`,
	`{"type":"candidate","data":{"candidate":"","sdpMLineIndex":-1}}`, `{"type":"peer-x","data":0}`,
	"\"\\u12\xff\"", "[-0.5e+7,1E9,tru]", nested(64), nested(65), "{\"\n:1}", `{"a":"\`,
}

// fieldsOf is what an InputError says; any other error fails the test.
func fieldsOf(t *testing.T, err error) []signaling.FieldError {
	t.Helper()
	var input *signaling.InputError
	if err == nil {
		return nil
	}
	if !errors.As(err, &input) || len(input.Fields) == 0 {
		t.Fatalf("error is %#v, want an InputError with fields", err)
	}
	return input.Fields
}

// The rules of the contract once more, with encoding/json and regular expressions: slow, and different in every line.
var (
	wordRule     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	reservedRule = regexp.MustCompile(`^(hello|heartbeat|goodbye|reset|(peer|room|call|server)(-.*)?)$`)
	uuidRule     = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// reference is DecodeMessages by other means; fields are the sorted names of what is wrong.
func reference(body []byte) (msgs []signaling.Message, batch bool, fields []string) {
	if len(bytes.Trim(body, " \t\r\n")) == 0 {
		body = []byte("{}")
	}
	if !acceptable(body) {
		return nil, false, []string{""}
	}
	var list []json.RawMessage
	if batch = json.Unmarshal(body, &list) == nil && list != nil; !batch {
		m, wrong := referenceMessage(body)
		return []signaling.Message{m}, false, wrong
	}
	if len(list) == 0 || len(list) > signaling.MaxBatch {
		return nil, true, []string{""}
	}
	seen := map[string]bool{"": true}
	for i, text := range list {
		at := "[" + string(must(json.Marshal(i))) + "]"
		m, wrong := referenceMessage(text)
		if seen[m.Key] && m.Key != "" {
			wrong = append(wrong, "id")
		}
		seen[m.Key] = true
		msgs = append(msgs, m)
		for _, field := range wrong {
			fields = append(fields, strings.TrimSuffix(at+"."+field, "."))
		}
	}
	return msgs, true, fields
}

func referenceMessage(text []byte) (m signaling.Message, wrong []string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil {
		return m, []string{""}
	}
	take := func(name string, good func(string) bool) string {
		var value *string
		text, there := members[name]
		if there && (json.Unmarshal(text, &value) != nil || value != nil && !good(*value)) {
			wrong = append(wrong, name)
			return ""
		}
		if value == nil {
			return ""
		}
		return *value
	}
	short := func(s string) bool { return s != "" && utf8.RuneCountInString(s) <= 64 }
	m.ID = take("id", uuidRule.MatchString)
	m.Key = strings.ToLower(m.ID)
	m.To, m.Call = take("to", short), take("call", short)
	m.Type = take("type", func(s string) bool { return wordRule.MatchString(s) && !reservedRule.MatchString(s) })
	if m.Type == "" && !slices.Contains(wrong, "type") {
		wrong = append(wrong, "type")
	}
	data, there := members["data"]
	if !there {
		return m, append(wrong, "data")
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, data)
	m.Data = compact.Bytes()
	return m, append(wrong, referenceData(m.Type, data)...)
}

func referenceData(typ string, data []byte) (wrong []string) {
	rules := map[string]func(value any, there bool) bool{}
	isString := func(value any, _ bool) bool { _, ok := value.(string); return ok }
	orNull := func(value any, there bool) bool { return !there || value == nil || isString(value, true) }
	switch typ {
	case "offer", "answer":
		rules["sdp"] = isString
		rules["type"] = func(value any, _ bool) bool { return value == typ }
	case "candidate":
		rules["candidate"], rules["sdpMid"], rules["usernameFragment"] = isString, orNull, orNull
		rules["sdpMLineIndex"] = func(value any, there bool) bool {
			f, ok := value.(float64)
			return !there || value == nil || ok && f == float64(uint16(max(0, min(f, 65535))))
		}
	default:
		return nil
	}
	var texts map[string]json.RawMessage
	if json.Unmarshal(data, &texts) != nil || texts == nil {
		return []string{"data"}
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		var value any
		text, there := texts[name]
		if there && json.Unmarshal(text, &value) != nil {
			value = struct{}{} // a number beyond float64
		}
		if !rules[name](value, there) {
			wrong = append(wrong, "data."+name)
		}
	}
	return wrong
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
