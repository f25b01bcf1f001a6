package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// rung is how a reader listens.
type rung int

const (
	onStream rung = iota
	onPostStream
	onPolls
	beside // a stream and long-polls at once, as the app does while it doubts the stream
	away   // not at all
)

func (r rung) String() string {
	return [...]string{"SSE", "POST stream", "long-poll", "both at once", "away"}[r]
}

// transports are what runs on a rung.
func transports(how rung) []rung {
	switch how {
	case beside:
		return []rung{onStream, onPolls}
	case away:
		return nil
	}
	return []rung{how}
}

// keepOn listens by one transport, again and again.
func (r *reader) keepOn(turn context.Context, round int, transport rung, random *rand.Rand) {
	for wait := "0"; turn.Err() == nil; wait = "2" {
		var err error
		if transport == onPolls {
			err = r.poll(turn, round, wait)
		} else {
			err = r.stream(turn, round, transport, random.IntN(2) == 0)
		}
		switch {
		case turn.Err() != nil:
			return
		case errors.Is(err, errForgotten):
			if err := r.rejoin(turn); err != nil {
				return
			}
		case err != nil && !errors.Is(err, errPassing):
			r.fail("%s: %v", transport, err)
			return
		}
		if err != nil && rest(turn, time.Duration(random.IntN(10))*time.Millisecond) != nil {
			return
		}
	}
}

// errForgotten says that the server knows the token no more.
var errForgotten = errors.New("the token is not known")

// rejoin takes a new seat where the room was forgotten, unless another connection of the round has.
func (r *reader) rejoin(turn context.Context) error {
	if !r.mayBeVoid {
		r.fail("the token is refused")
	}
	r.joining.Lock()
	defer r.joining.Unlock()
	if turn.Err() != nil {
		return turn.Err()
	}
	if err := r.join(turn); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.newSpanLocked(span{start: r.joined().LastEventID, why: "restart", asked: r.position})
	r.turn()
	return nil
}

// open asks for events and refuses what is no such answer.
func (r *reader) open(ctx context.Context, method, accept string, byHeader bool, more url.Values) (*http.Response, string, error) {
	r.mu.Lock()
	position := r.position
	r.mu.Unlock()
	a := ask{method: method, header: map[string]string{"Accept": accept}}
	if byHeader {
		a.header["Last-Event-ID"], a.token = position, without
		more.Set("access_token", r.joined().StreamToken)
		more.Set("lastEventId", "the header wins")
	} else {
		more.Set("lastEventId", position)
	}
	a.path = "/events?" + more.Encode()
	response, err := r.send(ctx, a)
	if err != nil {
		return nil, "", err
	}
	kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	if response.StatusCode == http.StatusOK && kind == accept {
		return response, position, nil
	}
	defer response.Body.Close()
	got, err := readAnswer(response)
	switch {
	case err != nil:
		return nil, "", err
	case got.status == http.StatusUnauthorized:
		return nil, "", errForgotten
	}
	return nil, "", fmt.Errorf("listening was answered %d %s", got.status, got.body)
}

// stream reads Server-Sent Events until they end.
func (r *reader) stream(turn context.Context, round int, transport rung, byHeader bool) error {
	method := http.MethodGet
	if transport == onPostStream {
		method = http.MethodPost
	}
	ctx, cancel := context.WithCancel(turn)
	defer cancel()
	watchdog := time.AfterFunc(5*heartbeat/2, cancel)
	defer watchdog.Stop()
	response, asked, err := r.open(ctx, method, "text/event-stream", byHeader, url.Values{})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	var id, kind, data string
	for hello := false; ; {
		line, err := lines.ReadString('\n')
		watchdog.Reset(5 * heartbeat / 2)
		if err != nil {
			if turn.Err() == nil && hello {
				r.noteCut()
			}
			return errors.Join(errPassing, err)
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			data = value
		}
		if line != "\n" || data == "" { // what is cut off before its empty line never came
			continue
		}
		var e event
		if err := json.Unmarshal([]byte(data), &e); err != nil || e.ID != id || e.Type != kind {
			return fmt.Errorf("event %q of type %q is %s", id, kind, data)
		}
		if hello == (e.Type == "hello") {
			return fmt.Errorf("%s comes when hello is %v", e.Type, hello)
		}
		hello = true
		if err := r.take(round, e, asked, false); err != nil {
			return err
		}
		id, kind, data = "", "", ""
	}
}

// poll asks once and waits for so many seconds.
func (r *reader) poll(turn context.Context, round int, wait string) error {
	ctx, cancel := context.WithTimeout(turn, 4*time.Second)
	defer cancel()
	response, asked, err := r.open(ctx, http.MethodGet, "application/json", false, url.Values{"waitSeconds": {wait}})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := readAnswer(response)
	if err != nil {
		if turn.Err() == nil {
			r.noteCut()
		}
		return err
	}
	var list pollReply
	if err := json.Unmarshal(got.body, &list); err != nil {
		return err
	}
	for _, e := range list.Events {
		if err := r.take(round, e, asked, true); err != nil {
			return err
		}
	}
	return r.moveOn(round, list)
}
