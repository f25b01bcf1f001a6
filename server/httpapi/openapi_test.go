package httpapi_test

import (
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"yodel/server/httpapi"
	"yodel/server/httpapi/contracttest"
	"yodel/server/limit"
	"yodel/server/passcode"
	"yodel/server/room"
	"yodel/server/token"
	"yodel/store"
	"yodel/store/memory"
	"yodel/store/records"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// contract is openapi.yaml, read once.
func contract(t *testing.T) *contracttest.Document {
	t.Helper()
	document, err := readContract()
	if err != nil {
		t.Fatal(err)
	}
	return document
}

var readContract = sync.OnceValues(func() (*contracttest.Document, error) { return contracttest.Read("openapi.yaml") })

// newAPI is an API with nobody in it, without an app.
func newAPI(t *testing.T, kept records.Store) *httpapi.API {
	t.Helper()
	events := memory.New(memory.Options{Retention: time.Minute, MaxLogBytes: 1 << 20})
	t.Cleanup(func() {
		if err := events.Close(); err != nil {
			t.Error(err)
		}
	})
	return newAPIOver(t, events, kept)
}

// newAPIOver is newAPI with a store of the test's own.
func newAPIOver(t *testing.T, events store.Store, kept records.Store) *httpapi.API {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	rooms := room.New(room.Config{Lease: time.Minute, LeaseInCall: time.Minute, TokenLife: time.Hour}, events, kept, passcode.New(), log)
	keys := token.New(kept.Secret(), time.Hour)
	api, err := httpapi.New(httpapi.Config{Heartbeat: time.Minute, StreamMaxAge: time.Hour, Joins: limit.New(0, 0, 1)}, rooms, keys, fstest.MapFS{}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		api.Close()
		rooms.Close()
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	return api
}

// TestRoutesAreTheContracts shows that what is served and what openapi.yaml lists are the same, but for the app's pages.
func TestRoutesAreTheContracts(t *testing.T) {
	t.Parallel()
	parameter := regexp.MustCompile(`:(\w+)`)
	pages := []string{"GET /", "GET /r/{room}", "GET /check"}
	var served, listed []string
	for _, route := range newAPI(t, records.InMemory()).Routes() {
		line := route.Method + " " + parameter.ReplaceAllString(route.Path, "{$1}")
		if route.Method != http.MethodHead && route.Method != http.MethodOptions && !slices.Contains(pages, line) {
			served = append(served, line)
		}
	}
	for _, route := range contract(t).Routes() {
		listed = append(listed, route.Method+" "+route.Path)
	}
	slices.Sort(served)
	slices.Sort(listed)
	if !slices.Equal(served, listed) {
		t.Errorf("served:\n%s\nin openapi.yaml:\n%s", strings.Join(served, "\n"), strings.Join(listed, "\n"))
	}
}

// TestProblemsAreTheContracts shows that problem.go and openapi.yaml have the same codes, with the same status and the
// same word on whether to try again.
func TestProblemsAreTheContracts(t *testing.T) {
	t.Parallel()
	var listed []contracttest.Problem
	for _, problem := range contract(t).Problems() {
		if problem.Meaning == "" {
			t.Errorf("%s has no meaning", problem.Code)
		}
		problem.Meaning = ""
		listed = append(listed, problem)
	}
	byCode := func(a, b contracttest.Problem) int { return strings.Compare(a.Code, b.Code) }
	known := httpapi.ProblemTable()
	slices.SortFunc(known, byCode)
	slices.SortFunc(listed, byCode)
	if !slices.Equal(known, listed) {
		t.Errorf("problem.go has\n%+v\nopenapi.yaml has\n%+v", known, listed)
	}
	if unlisted := httpapi.UnlistedSentinels(); unlisted != nil {
		t.Errorf("errors lead to problems that are not in the table: %v", unlisted)
	}
}
