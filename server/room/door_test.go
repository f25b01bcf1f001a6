package room_test

import (
	"errors"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"yodel/server/room"
	"yodel/store/records"
)

func TestCreate(t *testing.T) {
	inBubble(t, func(h *house) {
		info, err := h.Create(h.t.Context(), room.CreateRequest{})
		if err != nil || info.CallCapacity != 2 || info.PasscodeRequired || !regexp.MustCompile(`^([bdfghjklmnprstvz][aeiou]){2}(-([bdfghjklmnprstvz][aeiou]){2}){4}$`).MatchString(info.Room) {
			t.Errorf("a room of our choice: %+v, %v", info, err)
		}
		info, err = h.Create(h.t.Context(), room.CreateRequest{Room: "mine", Passcode: "secret", CallCapacity: 4})
		if want := (room.Info{Room: "mine", CallCapacity: 4, PasscodeRequired: true}); err != nil || info != want {
			t.Errorf("%+v, %v", info, err)
		}
		known, err := h.Describe(h.t.Context(), "mine")
		if err != nil || known != info {
			t.Errorf("described as %+v, %v", known, err)
		}
		_, err = h.Create(h.t.Context(), room.CreateRequest{Room: "mine"})
		is(t, "made again", err, room.ErrExists)
		h.join("open", "Ana").listen("")
		_, err = h.Create(h.t.Context(), room.CreateRequest{Room: "open", Passcode: "secret"})
		is(t, "made while somebody is in it", err, room.ErrExists)
		_, err = h.Describe(h.t.Context(), "never")
		is(t, "described without being", err, room.ErrNotFound)
	})
}

func TestCreateIsBounded(t *testing.T) {
	inBubble(t, func(h *house) {
		for range 2 {
			_, err := h.Create(h.t.Context(), room.CreateRequest{})
			is(t, "create", err, nil)
		}
		_, err := h.Create(h.t.Context(), room.CreateRequest{})
		is(t, "create one too many", err, room.ErrTooManyRooms)
	}, with(func(cfg *room.Config) { cfg.MaxRooms = 2 }))
	inBubble(t, func(h *house) {
		for _, name := range []string{"a", "b"} {
			h.join(name, "Ana").listen("")
		}
		_, err := h.tryJoin(room.JoinRequest{Room: "c"})
		is(t, "an open room too many", err, room.ErrTooManyRooms)
		_, err = h.Create(h.t.Context(), room.CreateRequest{Room: "c"})
		is(t, "a made room too many", err, room.ErrTooManyRooms)
		h.join("b", "Bob")
	}, with(func(cfg *room.Config) { cfg.MaxRooms = 2 }))
}

func TestThePasscodeGuardsTheRoom(t *testing.T) {
	inBubble(t, func(h *house) {
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Passcode: "secret"})
		is(t, "create", err, nil)
		knock := func(passcode, address string) error {
			_, err := h.tryJoin(room.JoinRequest{Room: "r", Name: "Ana", Passcode: passcode, Address: address})
			return err
		}
		is(t, "without", knock("", "1.2.3.4"), room.ErrPasscodeRequired)
		is(t, "the right one", knock("secret", "1.2.3.4"), nil)
		for range 10 {
			is(t, "a wrong one", knock("guess", "1.2.3.4"), room.ErrPasscodeWrong)
		}
		var limited *room.LimitError
		if err := knock("secret", "1.2.3.4"); !errors.As(err, &limited) || limited.What != "passcodes" || limited.RetryAfter != time.Minute {
			t.Errorf("after ten wrong ones: %v", err)
		}
		is(t, "from elsewhere", knock("secret", "4.3.2.1"), nil)
		time.Sleep(time.Minute)
		is(t, "a minute later", knock("secret", "1.2.3.4"), nil)
	})
}

func TestManyWhoKnowThePasscodeMayComeAtOnce(t *testing.T) {
	inBubble(t, func(h *house) {
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Passcode: "secret"})
		is(t, "create", err, nil)
		answers := make(chan error, 25)
		for range cap(answers) {
			go func() {
				_, err := h.tryJoin(room.JoinRequest{Room: "r", Name: "Ana", Passcode: "secret", Address: "1.2.3.4"})
				answers <- err
			}()
		}
		for range cap(answers) {
			is(t, "one of many", <-answers, nil)
		}
	})
}

func TestATokenOfAnEarlierRoomOfTheNameIsWorthNothing(t *testing.T) {
	inBubble(t, func(h *house) {
		open := h.join("r", "Ana")
		time.Sleep(time.Minute)
		_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Expires: time.Minute})
		is(t, "create", err, nil)
		is(t, "a token of the open room", open.request(), room.ErrStale)
		first := h.join("r", "Bob")
		is(t, "a token of the room", first.request(), nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		_, err = h.Create(h.t.Context(), room.CreateRequest{Room: "r"})
		is(t, "create again", err, nil)
		is(t, "a token of the room before", first.request(), room.ErrStale)
		is(t, "a token of two rooms before", open.request(), room.ErrStale)
	})
}

// slowLookup has something happen between the first look-up of a room and what follows from it.
type slowLookup struct {
	records.Store
	then func()
}

func (r *slowLookup) Room(id string) (records.Room, error) {
	record, err := r.Store.Room(id)
	if then := r.then; then != nil {
		r.then = nil
		then()
	}
	return record, err
}

func TestARoomThatIsMadeWhileSomebodyJoinsHasItsPasscodeAsked(t *testing.T) {
	slow := &slowLookup{}
	inBubble(t, func(h *house) {
		slow.then = func() {
			_, err := h.Create(h.t.Context(), room.CreateRequest{Room: "r", Passcode: "secret"})
			is(t, "create", err, nil)
		}
		_, err := h.tryJoin(room.JoinRequest{Room: "r", Name: "Eve"})
		is(t, "join", err, room.ErrPasscodeRequired)
		if h.count("r") != 0 {
			t.Errorf("%d seats", h.count("r"))
		}
	}, func(p *parts) {
		p.records = func(inner records.Store) records.Store {
			slow.Store = inner
			return slow
		}
	})
}

// slowRevoked has something happen between the question whether a peer has left and what follows from the answer.
type slowRevoked struct {
	records.Store
	then func()
}

func (r *slowRevoked) Revoked(peer string) (bool, error) {
	revoked, err := r.Store.Revoked(peer)
	if then := r.then; then != nil {
		r.then = nil
		then()
	}
	return revoked, err
}

// TestWhoLeavesWhileComingBackStaysAway: two requests of a peer whose lease ran out come at once, and one of them leaves.
func TestWhoLeavesWhileComingBackStaysAway(t *testing.T) {
	slow := &slowRevoked{}
	inBubble(t, func(h *house) {
		h.join("r", "Ana").listen("")
		bob := h.join("r", "Bob")
		time.Sleep(31 * time.Second)
		slow.then = bob.leave
		is(t, "the other request", bob.request(), room.ErrRevoked)
		if h.count("r") != 1 {
			t.Errorf("%d seats are taken", h.count("r"))
		}
	}, func(p *parts) {
		p.records = func(inner records.Store) records.Store {
			slow.Store = inner
			return slow
		}
	})
}
