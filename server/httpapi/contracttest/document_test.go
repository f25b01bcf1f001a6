package contracttest

import (
	"os"
	"strings"
	"testing"
)

// TestExamplesAreChecked shows that a document with an example that does not fit its schema is not taken.
func TestExamplesAreChecked(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a number too high":          {"expiresInSeconds: 86400", "expiresInSeconds: 31536001"},
		"a member of the wrong kind": {"leaseSeconds: 30", "leaseSeconds: soon"},
		"a reserved type":            {"type: chat", "type: peer-chat"},
		"a time without milliseconds": {
			"tokenExpiresAt: '2026-03-01T21:30:00.000Z'", "tokenExpiresAt: '2026-03-01T21:30:00Z'"},
		"an offer in an answer":        {"data: {type: offer, sdp", "data: {type: answer, sdp"},
		"a code that is none":          {"code: room-full\n", "code: room-fool\n"},
		"a credential alone":           {"username: '1772357400:019a8c1e', ", ""},
		"an error without its field":   {"errors: [{field: '[3].type', ", "errors: [{"},
		"a stream event without an id": {"- id: 6f1c2b3a-42\n                    type: chat", "- type: chat"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(string(text), change[0], change[1], 1)
			if changed == string(text) {
				t.Fatalf("%q is not in the document", change[0])
			}
			if _, err := parse([]byte(changed)); err == nil {
				t.Error("the document was taken")
			}
		})
	}
}
