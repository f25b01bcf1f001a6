package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
)

// TestWhoHearsWhat shows who gets a message that names somebody, and one that names nobody, and whose ids are whose.
func TestWhoHearsWhat(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, bob, cy := s.join("r", "Ana"), s.join("r", "Bob"), s.join("r", "Cy")
	elsewhere := s.join("R", "Dee") // case-sensitive
	ears := []ear{ana.poll(listenAfter{after: cy.LastEventID}), bob.stream(listenAfter{after: cy.LastEventID}), cy.poll(listenAfter{after: cy.LastEventID})}
	hear(t, ears[1], "hello")
	for _, e := range ears {
		hear(t, e, "peer-joined")
	}

	first := ana.send(object{"id": messageID, "to": cy.Peer.ID, "type": "whisper", "data": 1})
	all := ana.send([]object{{"type": "shout", "data": 2}, {"id": messageID, "type": "shout", "data": 3}, {"type": "shout", "data": 4}})
	if all[1] != first[0] || all[0] == all[2] {
		t.Errorf("an array with a repeated id gave %v, the first was %v", all, first)
	}
	others := bob.send(object{"id": messageID, "type": "shout", "data": 5}) // another sender's id is another id
	elsewhere.send(object{"id": messageID, "type": "shout", "data": 6})
	for i, want := range [][]string{others, {all[0], all[2]}, {first[0], all[0], all[2], others[0]}} {
		for _, id := range want {
			e, err := ears[i].next()
			if err != nil || e.ID != id {
				t.Fatalf("ear %d heard %+v, %v, want %s", i, e, err, id)
			}
		}
	}
	end := cy.send(object{"type": "end", "data": nil})
	for _, e := range ears[:2] { // and nothing else between
		if got := hear(t, e, "end"); got.ID != end[0] {
			t.Errorf("heard %+v", got)
		}
	}
}

// TestNothingIsLost has everybody talk at once, retrying what they said, while all lose their connection again and again
// and come back by another way. Each hears the others' words exactly once, and all hear them in one order.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	const people, words = 4, 60
	s := start(t, "--limit-messages=1000", "--limit-messages-burst=1000")
	members := make([]*member, people)
	for i := range members {
		members[i] = s.join("r", fmt.Sprint(i))
	}
	heard := make([][]event, people)
	var talking, listening sync.WaitGroup
	for i, m := range members {
		talking.Go(func() { talk(t, m, words) })
		listening.Go(func() { heard[i] = attend(t, m, words*(people-1)) })
	}
	talking.Wait()
	listening.Wait()

	for i, events := range heard {
		count := map[string]int{} // of each sender, in its order
		for _, e := range events {
			if want := fmt.Sprint(count[e.From]); string(e.Data) != want {
				t.Fatalf("%d heard %s of %s, want %s", i, e.Data, e.From, want)
			}
			count[e.From]++
		}
		for j := range i { // what both heard, both heard in the same order
			if a, b := common(events, heard[j]), common(heard[j], events); !slices.Equal(a, b) {
				t.Errorf("%d and %d heard in different orders", i, j)
			}
		}
	}
}

// talk says so many words, each with an id, and every third one twice.
func talk(t *testing.T, m *member, words int) {
	for n := range words {
		message := object{"id": uuid.NewString(), "type": "word", "data": n}
		for range 1 + (n%3)/2 {
			if r := m.post("/messages", message); r.status != http.StatusAccepted {
				t.Errorf("word %d: %s", n, r.body)
			}
		}
	}
}

// attend hears so many words, on a new connection after every few of them.
func attend(t *testing.T, m *member, words int) []event {
	var heard []event
	position := m.LastEventID
	for turn := 0; len(heard) < words; turn++ {
		how := listenAfter{after: position, method: []string{http.MethodGet, http.MethodPost}[turn/2%2]}
		var e ear = m.poll(how)
		if turn%2 == 0 {
			e = m.stream(how)
		}
		for n := 0; n < 7 && len(heard) < words; n++ {
			got, err := e.next()
			if err != nil {
				t.Errorf("after %d words: %v", len(heard), err)
				return heard
			}
			if got.ID != "" {
				position = got.ID
			}
			if got.Type == "word" {
				heard = append(heard, got)
			}
		}
		e.close()
	}
	return heard
}

// common lists what of a is in b too, in the order of a.
func common(a, b []event) []string {
	in := map[string]bool{}
	for _, e := range b {
		in[e.ID] = true
	}
	var ids []string
	for _, e := range a {
		if in[e.ID] {
			ids = append(ids, e.ID)
		}
	}
	return ids
}
