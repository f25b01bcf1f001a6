package signaling

import (
	"encoding/json"
	"errors"
	"reflect"
)

// Decode reads a body that is one JSON object into v, a pointer. An empty body is an empty object; members that v
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
	return inputError(json.Unmarshal(body, v))
}

// inputError says what json.Unmarshal found wrong in our terms.
func inputError(err error) error {
	var kind *json.UnmarshalTypeError
	var input *InputError
	var misuse *json.InvalidUnmarshalError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &misuse):
		return err // v is no pointer: our mistake, not the client's
	case errors.As(err, &input):
		return input
	case errors.As(err, &kind):
		return wrong(kind.Field, "must be "+kindName(kind.Type))
	}
	return wrong("", "cannot be read")
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
