package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"
)

// errPassing says that a request got no answer of our server's: it may or may not have been acted on, and is repeated.
var errPassing = errors.New("no answer of the server's")

// client is somebody in a schedule's room, as far as requests go: it repeats them until they are answered, as the contract
// lets it.
type client struct {
	// set once
	w    *world
	room string
	name string
	base func() string // host and port
	http *http.Client
	// mayBeVoid: the token is of a room that ends with the server, so that a new seat has to be taken.
	mayBeVoid bool

	mu   sync.Mutex
	seat joined // guarded by mu
}

func newClient(w *world, room, name string, base func() string) *client {
	return &client{w: w, room: room, name: name, base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// joined is the client's seat.
func (c *client) joined() joined {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seat
}

func (c *client) id() string { return c.joined().Peer.ID }

// join takes a new seat, or the old one's token does, where the server still knows it.
func (c *client) join(ctx context.Context) error {
	return c.until(ctx, func(ctx context.Context) error {
		r, err := c.ask(ctx, ask{method: "POST", path: "/peers", body: object{"name": c.name}, token: without})
		if err != nil {
			return err
		}
		var seat joined
		if r.status != http.StatusCreated || json.Unmarshal(r.body, &seat) != nil {
			return fmt.Errorf("joining was answered %d %s", r.status, r.body)
		}
		c.mu.Lock()
		c.seat = seat
		c.mu.Unlock()
		return nil
	})
}

// until repeats a request while it gets no answer.
func (c *client) until(ctx context.Context, try func(context.Context) error) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 30*time.Millisecond) {
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := try(limited)
		cancel()
		if !errors.Is(err, errPassing) {
			return err
		}
		if err := rest(ctx, pause); err != nil {
			return err
		}
	}
}

// rest is a client's pause before it tries again.
func rest(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answered is what our server answered.
type answered struct {
	status int
	body   []byte
	code   string // of a problem; "" for none
	field  string // of a problem, the first that is named
	call   *callShape
}

// ask sends one request, with the token where there is one. errPassing: it got no answer, or another's than our server's.
func (c *client) ask(ctx context.Context, a ask) (answered, error) {
	response, err := c.send(ctx, a)
	if err != nil {
		return answered{}, err
	}
	defer response.Body.Close()
	return readAnswer(response)
}

// newRoom, as the path of a request, is where rooms are made; all others are below the client's room.
const newRoom = "new"

// without, as the token of a request, sends none in its header.
const without = "without"

// send sends one request and reads the head of its answer.
func (c *client) send(ctx context.Context, a ask) (*http.Response, error) {
	var body io.Reader
	if a.body != nil {
		encoded, err := json.Marshal(a.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	path := "" // where rooms are made
	if a.path != newRoom {
		path = "/" + c.room + a.path
	}
	request, err := http.NewRequestWithContext(ctx, a.method, "http://"+c.base()+"/api/v1/rooms"+path, body)
	if err != nil {
		return nil, err
	}
	if token := c.joined().Token; token != "" && a.token != without {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range a.header {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, errors.Join(errPassing, err)
	}
	return response, nil
}

// readAnswer reads an answer whole.
func readAnswer(response *http.Response) (answered, error) {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answered{}, errors.Join(errPassing, err)
	}
	a := answered{status: response.StatusCode, body: body}
	switch kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); {
	case kind == "application/problem+json":
		var p struct {
			Code   string
			Errors []struct{ Field string }
			Call   *callShape
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return answered{}, fmt.Errorf("a problem that is none: %w: %s", err, body)
		}
		a.code, a.call = p.Code, p.Call
		if len(p.Errors) > 0 {
			a.field = p.Errors[0].Field
		}
		if a.code == "draining" {
			return answered{}, errPassing
		}
	case kind != "application/json": // a proxy's page
		return answered{}, errPassing
	case !json.Valid(body):
		return answered{}, fmt.Errorf("no JSON: %s", body)
	}
	return a, nil
}
