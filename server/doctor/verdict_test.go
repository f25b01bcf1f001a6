package doctor_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"yodel/server/doctor"
)

// TestJudge goes through the cases that the app's verdicts are held to as well.
func TestJudge(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/verdicts.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name           string
		Found          map[string]doctor.State
		Page           doctor.Reason
		Code, By, Shut string
		Asks           []string
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if got := doctor.Judge(c.Found, c.Page); got.Code != c.Code || got.By != c.By || got.Shut != c.Shut || !slices.Equal(got.Asks, c.Asks) {
			t.Errorf("%s: %+v", c.Name, got)
		}
	}
	if len(cases) < 10 {
		t.Errorf("%d cases", len(cases))
	}
}
