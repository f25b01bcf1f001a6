//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// seat is one peer's place in a room, as its server gave it.
type seat struct {
	room, id, token string
}

// dialect is what differs between the servers when two peers meet and talk. Requests are otherwise the same bytes.
type dialect interface {
	name() string
	join(hc *http.Client, base, room, peerName string) (seat, error)
	streamPath(s seat) string
	postPath(from, to seat) string
}

// yodelDialect speaks the HTTP contract to one of two Yodels.
type yodelDialect struct{ server string }

func (d yodelDialect) name() string { return d.server }

func (yodelDialect) join(hc *http.Client, base, room, peerName string) (seat, error) {
	body := strings.NewReader(fmt.Sprintf(`{"name":%q}`, peerName))
	resp, err := hc.Post(base+"/api/v1/rooms/"+room+"/peers", "application/json", body)
	if err != nil {
		return seat{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return seat{}, err
	}
	if resp.StatusCode != http.StatusCreated {
		return seat{}, fmt.Errorf("join: %s: %s", resp.Status, text)
	}
	var joined struct {
		Peer  struct{ ID string }
		Token string
	}
	if err := json.Unmarshal(text, &joined); err != nil {
		return seat{}, fmt.Errorf("join: %w", err)
	}
	return seat{room: room, id: joined.Peer.ID, token: joined.Token}, nil
}

func (yodelDialect) streamPath(s seat) string { return "/api/v1/rooms/" + s.room + "/events" }
func (yodelDialect) postPath(from, _ seat) string {
	return "/api/v1/rooms/" + from.room + "/messages"
}

// bareDialect speaks to the bare server, which knows no joining: a stream is there once it is opened. The recipient
// stands in the path, so that the bare server need not look into the body.
type bareDialect struct{}

func (bareDialect) name() string { return bareServer }

// join makes a peer up. Its token is as long as a real one, so that both servers read requests of one size.
func (bareDialect) join(_ *http.Client, _, room, peerName string) (seat, error) {
	return seat{room: room, id: "01890a5d-ac96-774b-bcce-" + peerName, token: strings.Repeat("t", 300)}, nil
}

func (bareDialect) streamPath(s seat) string {
	return "/rooms/" + s.room + "/peers/" + s.id + "/events"
}

func (bareDialect) postPath(_, to seat) string {
	return "/rooms/" + to.room + "/peers/" + to.id + "/messages"
}

// streamRequest opens a peer's event stream.
func streamRequest(d dialect, host string, s seat) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n",
		d.streamPath(s), host, s.token)
}
