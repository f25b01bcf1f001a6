package room

import (
	"context"
	"errors"

	"yodel/store"
)

// errUnchanged ends a change that turned out to be none.
var errUnchanged = errors.New("nothing changed")

type roomChange = store.Event

// change applies a pure function to the room's state as one step, and appends the events it returns. errUnchanged from
// fn is no error; then nothing is stored.
func (s *Service) change(ctx context.Context, room string, fn func(*state) ([]roomChange, error)) (store.Snapshot, error) {
	snapshot, err := s.store.Update(ctx, room, func(old store.Snapshot) (store.Change, error) {
		st, err := decodeState(old)
		if err != nil {
			return store.Change{}, err
		}
		events, err := fn(&st)
		if err != nil {
			return store.Change{}, err
		}
		return st.change(events...)
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return snapshot, err
}

// load is the room as it is now. store.ErrRoomNotFound: there is none.
func (s *Service) load(ctx context.Context, room string) (state, store.Snapshot, error) {
	snapshot, err := s.store.Load(ctx, room)
	if err != nil {
		return state{}, snapshot, err
	}
	st, err := decodeState(snapshot)
	return st, snapshot, err
}
