package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestLimits shows every limit that a client can run into, with its reason and when to come back.
func TestLimits(t *testing.T) {
	t.Parallel()
	over := func(r *reply, code string) {
		t.Helper()
		r.isProblem(code)
		if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 120 {
			t.Errorf("%s: Retry-After is %q", code, r.header.Get("Retry-After"))
		}
	}
	t.Run("messages", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-messages=1", "--limit-messages-burst=8")
		ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
		message := object{"type": "chat", "data": 1}
		ana.send([]object{message, message, message, message, message, message, message})
		over(ana.post("/messages", []object{message, message, message, message}), "too-many-messages")
		bob.send(message) // each token has its own
	})
	t.Run("new names", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-messages=0.1", "--limit-messages-burst=2")
		ana := s.join("r", "Ana")
		for _, name := range []string{"Anna", "Anne"} {
			s.post("/rooms/r/peers", ana.Token, object{"name": name}).is(http.StatusOK)
		}
		over(s.post("/rooms/r/peers", ana.Token, object{"name": "Ann"}), "too-many-messages")
		s.post("/rooms/r/peers", ana.Token, nil).is(http.StatusOK) // without one it is no event
	})
	t.Run("joins", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-joins=0.1", "--limit-joins-burst=2")
		ana := s.join("r", "Ana")
		s.join("r", "Bob")
		over(s.post("/rooms/r/peers", "", nil), "too-many-joins")
		s.post("/rooms/r/peers", ana.Token, nil).is(http.StatusOK) // an office behind one address is not locked out
	})
	t.Run("passcodes", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-passcodes=2")
		s.newRoom(object{"room": "r", "passcode": "right"})
		for range 2 {
			s.post("/rooms/r/peers", "", object{"passcode": "wrong"}).isProblem("passcode-wrong")
		}
		over(s.post("/rooms/r/peers", "", object{"passcode": "wrong"}), "too-many-passcodes")
		over(s.post("/rooms/r/peers", "", object{"passcode": "right"}), "too-many-passcodes")
	})
	t.Run("rooms", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-rooms=2")
		s.newRoom(object{"room": "a"})
		s.newRoom(object{"room": "b"})
		over(s.post("/rooms", "", object{"room": "c"}), "too-many-rooms")
		s.join("a", "Ana")
	})
	t.Run("open rooms", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-rooms=2")
		s.join("a", "Ana")
		s.join("b", "Bob")
		over(s.post("/rooms/c/peers", "", nil), "too-many-rooms")
		s.join("a", "Cy")
	})
	t.Run("streams", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-streams=1")
		ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
		hear(t, ana.stream(listenAfter{}), "hello")
		r := s.do(ask{method: "GET", path: bob.in("/events"), token: bob.Token, header: map[string]string{"Accept": "text/event-stream"}})
		over(r, "too-many-streams")
		hear(t, ana.stream(listenAfter{}), "hello") // in the place of her own
	})
	t.Run("room log", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limit-log-bytes=4KiB")
		ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
		message := object{"type": "chat", "data": strings.Repeat("x", 1000)}
		stored := 0
		for r := ana.post("/messages", message); ; r = ana.post("/messages", message) {
			if r.status != http.StatusAccepted {
				over(r, "room-log-full")
				break
			}
			stored++
		}
		heard := bob.poll(listenAfter{after: bob.LastEventID}) // what was acknowledged is there
		hear(t, heard, "peer-joined")
		for range stored {
			hear(t, heard, "chat")
		}
		bob.leave() // which is never refused
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s := start(t, "--limits=off")
		for i := range 70 {
			s.join("r", fmt.Sprint("peer ", i))
		}
	})
}

// TestMetrics shows who may read the figures, and that no label tells whom they are about.
func TestMetrics(t *testing.T) {
	t.Parallel()
	open, closed := start(t), start(t, "--metrics-token=secret-of-metrics")
	ana := open.join("a-room-of-secrets", "Ana")
	text := string(open.do(ask{method: "GET", path: "//metrics"}).is(http.StatusOK).body)
	if !strings.Contains(text, "yodel_") || strings.Contains(text, "secrets") || strings.Contains(text, ana.Peer.ID) {
		t.Errorf("the figures are %s", text)
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP"} {
		open.do(ask{method: "GET", path: "//metrics", header: map[string]string{header: "for=127.0.0.1"}}).isProblem("forbidden")
	}
	closed.do(ask{method: "GET", path: "//metrics"}).isProblem("token-missing")
	closed.do(ask{method: "GET", path: "//metrics", token: "other"}).isProblem("token-invalid")
	closed.do(ask{method: "GET", path: "//metrics", token: "secret-of-metrics"}).is(http.StatusOK)
}
