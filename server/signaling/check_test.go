package signaling_test

import (
	"strings"
	"testing"

	"yodel/server/signaling"
)

func TestChecks(t *testing.T) {
	checks := map[string]func(string) error{
		"room": signaling.CheckRoomID, "name": signaling.CheckName, "note": signaling.CheckNote, "passcode": signaling.CheckPasscode,
		"id": func(s string) error { return signaling.CheckUUID("id", s) },
	}
	tests := map[string]struct {
		field, value string
		ok           bool
	}{
		"a room of one character":               {"room", "a", true},
		"a room of every kind of character":     {"room", "aZ09_-", true},
		"a room of 64 characters":               {"room", strings.Repeat("r", 64), true},
		"a room of 65 characters":               {"room", strings.Repeat("r", 65), false},
		"a room without a name":                 {"room", "", false},
		"a room with a slash":                   {"room", "a/b", false},
		"a room with a dot":                     {"room", "..", false},
		"a room with a newline":                 {"room", "a\n", false},
		"a room beyond ASCII":                   {"room", "房间", false},
		"a name in Chinese":                     {"name", "王小明", true},
		"a name with a space":                   {"name", "Ann Lee", true},
		"a name of a joined emoji":              {"name", "👩\u200d🚀", true},
		"a name of 64 characters of four bytes": {"name", strings.Repeat("😀", 64), true},
		"a name of 65 characters":               {"name", strings.Repeat("a", 65), false},
		"an empty name":                         {"name", "", false},
		"a name of spaces":                      {"name", " \u3000\u00a0", false},
		"a name of nothing visible":             {"name", "\u200b\u2060", false},
		"a name with a newline":                 {"name", "a\nb", false},
		"a name with NUL":                       {"name", "a\x00", false},
		"a name with DEL":                       {"name", "a\x7f", false},
		"a name with a C1 control":              {"name", "a\u0085", false},
		"a name with an override":               {"name", "a\u202eb", false},
		"a name with an embedding":              {"name", "a\u202ab", false},
		"a name with an isolate":                {"name", "a\u2066b", false},
		"a name with a pop of isolates":         {"name", "a\u2069b", false},
		"a name with a left-to-right mark":      {"name", "a\u200eb", true},
		"a name with an Arabic letter mark":     {"name", "a\u061cb", true},
		"a name with a line separator":          {"name", "a\u2028b", false},
		"a name with invalid UTF-8":             {"name", "a\xff", false},
		"a name from right to left":             {"name", "שלום", true},
		"no note":                               {"note", "", true},
		"a note of two lines":                   {"note", "a\nb", true},
		"a note of 200 characters":              {"note", strings.Repeat("听", 200), true},
		"a note of 201 characters":              {"note", strings.Repeat("a", 201), false},
		"a note with a carriage return":         {"note", "a\r\nb", false},
		"a note with a tab":                     {"note", "a\tb", false},
		"a note with an override":               {"note", "\u202d", false},
		"a note with invalid UTF-8":             {"note", "\xc3", false},
		"a passcode of 128 bytes":               {"passcode", strings.Repeat("p", 128), true},
		"a passcode of 129 bytes":               {"passcode", strings.Repeat("p", 129), false},
		"a passcode of 43 long characters":      {"passcode", strings.Repeat("听", 43), false},
		"no passcode":                           {"passcode", "", true},
		"a UUID":                                {"id", idLower, true},
		"a UUID in capitals":                    {"id", idUpper, true},
		"the nil UUID":                          {"id", "00000000-0000-0000-0000-000000000000", true},
		"a UUID without hyphens":                {"id", strings.ReplaceAll(idLower, "-", ""), false},
		"a UUID as a URN":                       {"id", "urn:uuid:" + idLower, false},
		"a UUID with a letter too far":          {"id", "g" + idLower[1:], false},
		"a UUID with a control character":       {"id", "\x10" + idLower[1:], false},
		"a UUID with a hyphen out of place":     {"id", "01980c5-53b5e-7c61-9c2e-6f0a4d2b9e11", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fields := fieldsOf(t, checks[test.field](test.value))
			if test.ok != (len(fields) == 0) {
				t.Errorf("%q is refused: %v", test.value, fields)
			}
			if !test.ok && fields[0].Field != test.field {
				t.Errorf("the error names %q, want %q", fields[0].Field, test.field)
			}
		})
	}
}

func TestInputErrorNamesEveryField(t *testing.T) {
	err := &signaling.InputError{Fields: []signaling.FieldError{{Field: "", Reason: "must be an object"}, {Field: "[3].type", Reason: "is required"}}}
	if got, want := err.Error(), "wrong input: body must be an object; [3].type is required"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}
