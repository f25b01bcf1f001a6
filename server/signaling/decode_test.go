package signaling_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"yodel/server/signaling"
)

// request has a member of every kind that request bodies have.
type request struct {
	Name  string   `json:"name"`
	To    []string `json:"to"`
	Count *int     `json:"count"`
	Media struct {
		Audio bool `json:"audio"`
	} `json:"media"`
}

func TestDecode(t *testing.T) {
	two := 2
	tests := map[string]struct {
		body string
		want request
	}{
		"an empty body":          {"", request{}},
		"white space":            {" \r\n", request{}},
		"an empty object":        {" {} ", request{}},
		"members known and not":  {`{"name":"a\u0062","x":[{}],"to":["p"],"count":2}`, request{Name: "ab", To: []string{"p"}, Count: &two}},
		"null leaves absent":     {`{"name":null,"to":null,"count":null,"media":null}`, request{}},
		"names to the letter":    {`{"NAME":5,"Name":"x","TO":["p"],"media":{"AUDIO":true}}`, request{}},
		"an empty array is none": {`{"to":[]}`, request{To: []string{}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got request
			if err := signaling.Decode([]byte(test.body), &got); err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("Decode(%q) = %+v, %v; want %+v", test.body, got, err, test.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := map[string]struct{ body, field, reason string }{
		"another kind":               {`{"name":5}`, "name", "must be a string"},
		"another kind inside":        {`{"media":{"audio":"yes"}}`, "media.audio", "must be true or false"},
		"an object for an array":     {`{"to":{}}`, "to", "must be an array"},
		"an array for an object":     {`{"media":[]}`, "media", "must be an object"},
		"a fraction for an integer":  {`{"count":1.5}`, "count", "must be an integer in range"},
		"an integer too large":       {`{"count":1e99}`, "count", "must be an integer in range"},
		"an array":                   {"[]", "", "must be an object"},
		"null":                       {"null", "", "must be an object"},
		"a second value":             {"{}{}", "", "is not acceptable JSON: something follows the value at byte 2"},
		"no JSON":                    {"{name:1}", "", "is not acceptable JSON: a member's name is missing at byte 1"},
		"NUL":                        {"\x00", "", "is not acceptable JSON: a value should start at byte 0"},
		"invalid UTF-8 where unread": {"{\"x\":\"\xff\"}", "", "is not acceptable JSON: invalid UTF-8 at byte 6"},
		"too deep where unread":      {`{"x":` + nested(64) + `}`, "", "is not acceptable JSON: nested too deep at byte 68"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fields := fieldsOf(t, signaling.Decode([]byte(test.body), new(request)))
			if want := []signaling.FieldError{{Field: test.field, Reason: test.reason}}; !reflect.DeepEqual(fields, want) {
				t.Errorf("Decode(%q): %q, want %q", test.body, fields, want)
			}
		})
	}
}

func TestDecodeIntoNoPointerIsNotTheClientsMistake(t *testing.T) {
	err := signaling.Decode([]byte("{}"), request{})
	if _, ok := err.(*json.InvalidUnmarshalError); !ok {
		t.Errorf("Decode = %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Add([]byte(`{"name":5,"to":[1],"count":1e3,"media":{"audio":true}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var got, want request
		err := signaling.Decode(body, &got)
		fieldsOf(t, err)
		if err == nil && len(body) > 0 && acceptable(body) {
			if json.Unmarshal(body, &want) != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("Decode(%q) = %+v, want %+v", body, got, want)
			}
		}
	})
}
