package journal

import (
	"encoding/binary"

	"yodel/store"
)

// decoder takes a payload apart. Once something is wrong, bad is set and everything else comes out empty.
type decoder struct {
	rest  []byte
	bad   bool
	words words
}

// words has one copy of texts that come again and again.
type words map[string]string

func (w words) of(text []byte) string {
	if known, ok := w[string(text)]; ok {
		return known
	}
	fresh := string(text)
	w[fresh] = fresh
	return fresh
}

// step reads what appendStep wrote after the kind. The bodies of its events are parts of the payload.
func (d *decoder) step(withState bool) (*Step, bool) {
	s := &Step{Room: d.word(), Epoch: d.word(), After: d.uvarint(), At: d.varint(), Lag: d.varint()}
	if withState {
		s.State = d.state()
	}
	s.Records = make([]*store.Record, d.count(leastEvent))
	for i := range s.Records {
		s.Records[i] = &store.Record{Event: d.event(), Epoch: s.Epoch, Seq: s.After + uint64(i) + 1, AtMsec: s.At}
	}
	return s, !d.bad && len(d.rest) == 0
}

func (d *decoder) state() *store.State {
	state := &store.State{}
	if count := d.count(1); count > 0 {
		state.Seats = make([]string, count)
	}
	for i := range state.Seats {
		state.Seats[i] = d.word()
	}
	if length := d.uvarint(); length > 0 {
		state.Data = d.bytes(length - 1)
	}
	return state
}

func (d *decoder) event() store.Event {
	return store.Event{From: d.word(), To: d.word(), MessageID: string(d.bytes(d.uvarint())), Type: d.word(), Body: d.bytes(d.uvarint())}
}

func (d *decoder) word() string { return d.words.of(d.bytes(d.uvarint())) }

// leastEvent is what an event takes that says nothing: the lengths of its five parts.
const leastEvent = 5

// count is how many things follow, each of so many bytes at least; so a lie cannot cost much memory.
func (d *decoder) count(least int) int {
	count := d.uvarint()
	if count > uint64(len(d.rest)/least) {
		d.bad = true
		return 0
	}
	return int(count)
}

func (d *decoder) bytes(length uint64) []byte {
	if d.bad || length > uint64(len(d.rest)) {
		d.bad = true
		return nil
	}
	taken := d.rest[:length:length]
	d.rest = d.rest[length:]
	return taken
}

func (d *decoder) uvarint() uint64 {
	value, size := binary.Uvarint(d.rest)
	return took(d, value, size)
}

func (d *decoder) varint() int64 {
	value, size := binary.Varint(d.rest)
	return took(d, value, size)
}

func took[T int64 | uint64](d *decoder, value T, size int) T {
	if d.bad || size <= 0 {
		d.bad = true
		return 0
	}
	d.rest = d.rest[size:]
	return value
}
