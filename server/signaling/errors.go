package signaling

import "strings"

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	// Field is the path to it: "type", "data.sdp", "[3].type" in an array, "" for the body as a whole.
	Field string
	// Reason completes a sentence that begins with the field's name, as in "must be a string".
	Reason string
}

// InputError says that a request is wrong, field by field. It is news for the client, not an error of ours.
type InputError struct{ Fields []FieldError }

// Error lists the fields with their reasons. It never quotes what was sent.
func (e *InputError) Error() string {
	var b strings.Builder
	b.WriteString("wrong input: ")
	for i, f := range e.Fields {
		if i > 0 {
			b.WriteString("; ")
		}
		if f.Field == "" {
			b.WriteString("body ")
		} else {
			b.WriteString(f.Field + " ")
		}
		b.WriteString(f.Reason)
	}
	return b.String()
}

// wrong is the InputError of a single field.
func wrong(field, reason string) *InputError {
	return &InputError{Fields: []FieldError{{Field: field, Reason: reason}}}
}
