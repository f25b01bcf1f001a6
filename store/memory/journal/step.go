package journal

import (
	"encoding/binary"

	"yodel/store"
)

// Step is one change of a room, or, without events, all there is to say of it but for its log.
type Step struct {
	Room, Epoch string
	After       uint64          // sequence number before the first event
	At          int64           // when it was, Unix milliseconds; without events when the newest before it was
	Lag         int64           // of the events; see Lags
	State       *store.State    // nil where it stays as it was
	Records     []*store.Record // the events; one up to After is there already and left out
}

// What a payload is, by its first byte. Numbers are varints, texts have their length in front.
const (
	kindHeader = 'H' // format, whether older segments matter, boot id: begins each segment
	kindStep   = 'S' // room, epoch, after, at, lag, count, events
	kindState  = 'T' // the same with the state before the count
	kindFree   = 'F' // room, epoch: the room is gone
	kindEnd    = 'E' // closed in peace, and all of it is on the disk
)

func appendStep(dst []byte, s *Step) []byte {
	kind := byte(kindStep)
	if s.State != nil {
		kind = kindState
	}
	dst = append(dst, kind)
	dst = appendText(dst, s.Room)
	dst = appendText(dst, s.Epoch)
	dst = binary.AppendUvarint(dst, s.After)
	dst = binary.AppendVarint(dst, s.At)
	dst = binary.AppendVarint(dst, s.Lag)
	if s.State != nil {
		dst = appendState(dst, s.State)
	}
	count := uint64(0)
	for _, r := range s.Records {
		if r.Seq > s.After {
			count++
		}
	}
	dst = binary.AppendUvarint(dst, count)
	for _, r := range s.Records {
		if r.Seq > s.After {
			dst = appendEvent(dst, &r.Event)
		}
	}
	return dst
}

// appendState writes the length of Data one too high, for 0 says that there is none.
func appendState(dst []byte, state *store.State) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(state.Seats)))
	for _, seat := range state.Seats {
		dst = appendText(dst, seat)
	}
	if state.Data == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(state.Data))+1)
	return append(dst, state.Data...)
}

func appendEvent(dst []byte, e *store.Event) []byte {
	dst = appendText(dst, e.From)
	dst = appendText(dst, e.To)
	dst = appendText(dst, e.MessageID)
	dst = appendText(dst, e.Type)
	dst = binary.AppendUvarint(dst, uint64(len(e.Body)))
	return append(dst, e.Body...)
}

func appendText(dst []byte, text string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}
