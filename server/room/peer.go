package room

import "yodel/server/call"

// Member is somebody with a verified token of a room.
type Member struct {
	Room, Peer string
	Name       string // when the token was made
	Generation string // of the room record the token was made for, "" for an open room
}

// Media is what a peer says it is sending.
type Media struct {
	Audio  bool `json:"audio"`
	Video  bool `json:"video"`
	Screen bool `json:"screen"`
}

// Peer is a member as everybody in the room sees it.
type Peer struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Media    Media     `json:"media"`
	JoinedAt call.Time `json:"joinedAt"`
}

// MediaPatch changes what is not nil.
type MediaPatch struct {
	Audio  *bool `json:"audio"`
	Video  *bool `json:"video"`
	Screen *bool `json:"screen"`
}

func (p MediaPatch) apply(m Media) Media {
	for _, change := range []struct {
		to   *bool
		what *bool
	}{{p.Audio, &m.Audio}, {p.Video, &m.Video}, {p.Screen, &m.Screen}} {
		if change.to != nil {
			*change.what = *change.to
		}
	}
	return m
}
