package room_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"yodel/server/room"
	"yodel/store/records"
)

// TestNoSeatOutlastsItsRoomOrItsPeer restarts where the process died before it could take seats, or there was none when
// it should have.
func TestNoSeatOutlastsItsRoomOrItsPeer(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(h *house, bob *member)
		want      []string // what Ana hears; nil where she has lost her seat as well
		bobs      error    // what a request of Bob is answered
	}{
		"killed while Bob left": {func(h *house, bob *member) {
			is(h.t, "revoke", h.records.Revoke(bob.Peer, time.Now().Add(time.Hour)), nil)
		}, []string{"call ended timeout, Bob left", "Bob left left"}, room.ErrRevoked},
		"the room expired":      {func(*house, *member) { time.Sleep(time.Hour) }, nil, room.ErrStale},
		"the room was deleted":  {func(h *house, _ *member) { is(h.t, "delete", h.records.DeleteRoom("r"), nil) }, nil, room.ErrStale},
		"the room is a new one": {replaceRecord, nil, room.ErrStale},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *house) {
				_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Expires: time.Hour})
				is(t, "create", err, nil)
				ana, bob := h.join("r", "Ana"), h.join("r", "Bob")
				ana.mustRing(bob)
				position := ana.listen("").hello.LastEventID
				h.die()
				c.meanwhile(h, bob)
				h.restart()
				is(t, "a request of Bob", bob.request(), c.bobs)
				if c.want == nil {
					is(t, "a request of Ana", ana.request(), room.ErrStale)
				} else if e := ana.listen(position); true {
					e.hears(c.want...)
					ana.leave()
					e.Close()
				}
				if peers, rooms, _ := h.Stats(); peers != 0 || rooms != 0 {
					t.Errorf("%d peers and %d rooms are left", peers, rooms)
				}
				snapshot, err := h.events.Load(h.t.Context(), "r")
				if err != nil || len(snapshot.State.Seats) != 0 || strings.Contains(string(snapshot.State.Data), `"call":`) {
					t.Errorf("stored is %s, %v", snapshot.State.Data, err)
				}
			})
		})
	}
}

func replaceRecord(h *house, _ *member) {
	is(h.t, "delete", h.records.DeleteRoom("r"), nil)
	is(h.t, "add", h.records.AddRoom(records.Room{ID: "r", Generation: uuid.NewString(), CallCapacity: 2}), nil)
}

func TestARoomClosesAtItsTimeAfterARestart(t *testing.T) {
	inBubble(t, func(h *house) {
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Expires: time.Hour})
		is(t, "create", err, nil)
		ana := h.join("r", "Ana")
		h.die()
		time.Sleep(20 * time.Minute)
		h.restart()
		e := ana.listen("")
		time.Sleep(40*time.Minute - instant)
		synctest.Wait()
		if e.bye() != "" {
			t.Fatal("the room closes early")
		}
		time.Sleep(instant)
		synctest.Wait()
		if e.hears("Ana left left"); e.bye() != room.GoodbyeLeft {
			t.Errorf("Ana is told %q", e.bye())
		}
		is(t, "a request", ana.request(), room.ErrStale)
	})
}

// TestABrokenRoomIsSkipped has one among others whose state is no JSON; that is said, and the others go on.
func TestABrokenRoomIsSkipped(t *testing.T) {
	var log bytes.Buffer
	inBubble(t, func(h *house) {
		ana, bob := h.join("good", "Ana"), h.join("broken", "Bob")
		h.die()
		h.rewrite("broken", "{", "[")
		h.restart()
		if peers, rooms, _ := h.Stats(); peers != 1 || rooms != 1 {
			t.Errorf("%d peers in %d rooms", peers, rooms)
		}
		ana.say("I am here")
		if bob.request() == nil {
			t.Error("Bob is served in a room that cannot be read")
		}
		if text := log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "room=broken") {
			t.Errorf("the log says\n%s", text)
		}
	}, func(p *parts) { p.log = slog.NewTextHandler(&log, nil) })
}

// unreadable are records that cannot be read at the moment.
type unreadable struct {
	records.Store
	broken bool
}

var errUnreadable = errors.New("no records today")

func (r *unreadable) Room(id string) (records.Room, error) {
	if r.broken {
		return records.Room{}, errUnreadable
	}
	return r.Store.Room(id)
}

func (r *unreadable) Revoked(peer string) (bool, error) {
	if r.broken {
		return false, errUnreadable
	}
	return r.Store.Revoked(peer)
}

// TestInDoubtASeatIsKept has the records fail during the restart: then nobody is put out, and leases run all the same.
func TestInDoubtASeatIsKept(t *testing.T) {
	kept := &unreadable{}
	inBubble(t, func(h *house) {
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r"})
		is(t, "create", err, nil)
		ana := h.join("r", "Ana")
		h.join("open", "Bob")
		h.die()
		kept.broken = true
		h.restart()
		kept.broken = false
		if h.count("r") != 1 {
			t.Error("Ana has lost her seat")
		}
		ana.listen("")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if h.count("r") != 1 || h.count("open") != 0 {
			t.Errorf("%d and %d seats are taken", h.count("r"), h.count("open"))
		}
	}, func(p *parts) {
		p.records = func(inner records.Store) records.Store {
			kept.Store = inner
			return kept
		}
	})
}
