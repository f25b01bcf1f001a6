package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yodel/store"
	"yodel/store/memory"
	"yodel/store/records"
)

// direct hands requests to a handler without a network between.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	recorded := httptest.NewRecorder()
	d.handler.ServeHTTP(recorded, r)
	return recorded.Result(), nil
}

// faulty is a keeper of records whose disk fails, or worse.
type faulty struct {
	records.Store
	fault func()
}

func (f faulty) Room(string) (records.Room, error) {
	f.fault()
	return records.Room{}, errors.New("the disk of the secret path is gone")
}

// unwritable is a store whose disk is full.
type unwritable struct{ store.Store }

func (unwritable) Update(context.Context, string, func(store.Snapshot) (store.Change, error)) (store.Snapshot, error) {
	return store.Snapshot{}, fmt.Errorf("write /a/secret/path: %w", store.ErrUnavailable)
}

// TestNothingIsPromisedThatCannotBeKept: who joins while the disk is full is told to try again, and soon.
func TestNothingIsPromisedThatCannotBeKept(t *testing.T) {
	t.Parallel()
	events := memory.New(memory.Options{Retention: time.Hour})
	t.Cleanup(func() { _ = events.Close() })
	client := http.Client{Transport: contract(t).Recorder(t, direct{newAPIOver(t, unwritable{events}, records.InMemory()).Handler()})}
	response, err := client.Post("http://yodel.test/api/v1/rooms/r/peers", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(body), `"storage-unavailable"`) || strings.Contains(string(body), "secret") {
		t.Errorf("%s, %v", body, err)
	}
	if got := response.Header.Get("Retry-After"); response.StatusCode != http.StatusServiceUnavailable || got != "1" {
		t.Errorf("status %d, Retry-After %q", response.StatusCode, got)
	}
}

// TestFaults shows that a fault of ours is told as one and tells nothing else, and what a server says that is stopping.
func TestFaults(t *testing.T) {
	t.Parallel()
	broken := newAPI(t, faulty{records.InMemory(), func() {}})
	panicking := newAPI(t, faulty{records.InMemory(), func() { panic("secret") }})
	stopping := newAPI(t, records.InMemory())
	stopping.Drain()
	for name, c := range map[string]struct {
		handler    http.Handler
		path, want string
	}{
		"a disk that fails":  {broken.Handler(), "/api/v1/rooms/r", "internal"},
		"a panic":            {panicking.Handler(), "/api/v1/rooms/r", "internal"},
		"ready for no more":  {stopping.Handler(), "/readyz", "draining"},
		"alive all the same": {stopping.Handler(), "/healthz", "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := http.Client{Transport: contract(t).Recorder(t, direct{c.handler})}
			response, err := client.Get("http://yodel.test" + c.path)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || !strings.Contains(string(body), c.want) || strings.Contains(string(body), "secret") {
				t.Errorf("%d %s, %v", response.StatusCode, body, err)
			}
		})
	}
}
