package signaling

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// Decode reads a body that is one JSON object into v, a pointer to a struct. An empty body is an empty object; members that v
// does not know are ignored. An *InputError says what is wrong: not JSON in UTF-8 nested at most MaxDepth, more
// than one value, no object, or a member of another kind than v's. For messages there is DecodeMessages.
func Decode(body []byte, v any) error {
	s := scanner{src: body, from: -1}
	first := s.space()
	if s.pos == len(body) {
		body, first = []byte("{}"), '{'
	} else {
		s.one()
	}
	switch {
	case s.err != nil:
		return s.err
	case first != '{':
		return wrong("", "must be an object")
	}
	return decodeExactly(body, v)
}

// decodeExactly is json.Unmarshal into a struct, except that a member is only known by its name to the letter:
// encoding/json takes `NAME` for `name`, and the contract ignores it as unknown.
func decodeExactly(object []byte, v any) error {
	into := reflect.ValueOf(v)
	if into.Kind() != reflect.Pointer || into.IsNil() || into.Elem().Kind() != reflect.Struct {
		return &json.InvalidUnmarshalError{Type: reflect.TypeOf(v)}
	}
	return decodeStruct(object, into.Elem(), "")
}

func decodeStruct(object []byte, into reflect.Value, path string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return wrong(strings.TrimSuffix(path, "."), "must be an object")
	}
	for i := range into.NumField() {
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		member, given := members[name]
		if !given || name == "" {
			continue
		}
		field := into.Field(i)
		var err error
		if field.Kind() == reflect.Struct && !isUnmarshaler(field) && string(member) != "null" {
			err = decodeStruct(member, field, path+name+".")
		} else {
			err = inputError(json.Unmarshal(member, field.Addr().Interface()), path+name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isUnmarshaler(field reflect.Value) bool {
	_, does := field.Addr().Interface().(json.Unmarshaler)
	return does
}

// inputError says what json.Unmarshal found wrong in our terms.
func inputError(err error, field string) error {
	var kind *json.UnmarshalTypeError
	var input *InputError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &input):
		return input
	case errors.As(err, &kind):
		return wrong(field, "must be "+kindName(kind.Type))
	}
	return wrong(field, "cannot be read")
}

// kindName says in JSON's words what t is read from.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer in range"
	case reflect.Float32, reflect.Float64:
		return "a number in range"
	}
	return "of another kind"
}
