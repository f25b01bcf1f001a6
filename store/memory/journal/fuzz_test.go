package journal

import (
	"bytes"
	"os"
	"reflect"
	"testing"
	"time"

	"yodel/store"
)

// FuzzStep: what can be read is written as it was, and read again is the same.
func FuzzStep(f *testing.F) {
	record := &store.Record{Event: store.Event{From: "a", To: "b", MessageID: "m", Type: "offer", Body: []byte("{}")}, Seq: 8}
	for _, s := range []*Step{
		{Room: "r", Epoch: "e", After: 7, At: 1, Records: []*store.Record{record}},
		{Room: "r", Epoch: "e", After: 7, At: -1, Lag: 3, State: some(1), Records: []*store.Record{record, {Seq: 9}}},
		{Room: "", State: &store.State{}},
	} {
		f.Add(appendStep(nil, s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) == 0 {
			return
		}
		d := decoder{rest: payload[1:], words: words{}}
		first, ok := d.step(payload[0] == kindState)
		if !ok {
			return
		}
		written := appendStep(nil, first)
		d = decoder{rest: written[1:], words: words{}}
		second, ok := d.step(written[0] == kindState)
		if !ok || !reflect.DeepEqual(first, second) {
			t.Fatalf("%+v became %+v", first, second)
		}
	})
}

// FuzzRead has anything at all for a segment, behind a good beginning or instead of it.
func FuzzRead(f *testing.F) {
	frame := func(payload []byte) []byte {
		framed := append(beginFrame(nil), payload...)
		endFrame(framed)
		return framed
	}
	head := frame(appendHeader(nil, header{boot: "b"}))
	step := frame(appendStep(nil, &Step{Room: "r", Epoch: "e", At: 5, State: some(1), Records: []*store.Record{{Seq: 1}}}))
	f.Add(bytes.Join([][]byte{head, step, step}, nil), true)
	f.Add(bytes.Join([][]byte{head, step, frame([]byte{kindEnd}), step[:9]}, nil), true)
	f.Add(bytes.Join([][]byte{head, frame([]byte{kindFree, 1, 'r', 1, 'e'}), step, frame([]byte("?")), step}, nil), false)
	f.Fuzz(func(t *testing.T, text []byte, sum bool) {
		if sum { // so that the fuzzer comes past the checksums
			text = summed(text)
		}
		found, err := readText(t, text)
		if err != nil {
			return
		}
		kept := frame(appendHeader(nil, header{boot: "b"}))
		rooms := map[string]*Room{}
		for _, room := range found.wake(time.Now()) {
			rooms[room.Name] = room
			_ = room.steps(func(s *Step) error {
				kept = append(kept, frame(appendStep(nil, s))...)
				return nil
			})
		}
		again, err := readText(t, kept)
		if err != nil || again.lost || again.cut > 0 || !reflect.DeepEqual(told(again.rooms), told(rooms)) {
			t.Fatalf("%v became %v, %v", told(rooms), told(again.rooms), err)
		}
	})
}

// readText reads what a segment holds.
func readText(t *testing.T, text []byte) (*reading, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(segmentPath(dir, 1), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return read(dir, []uint64{1}, "b", time.Hour)
}

// summed gives each frame the checksum it should have.
func summed(text []byte) []byte {
	text = bytes.Clone(text)
	for rest := text; len(rest) > frameHead; {
		length, _ := readHead(rest)
		if length == 0 || length > int64(len(rest)-frameHead) {
			break
		}
		endFrame(rest[:frameHead+length])
		rest = rest[frameHead+length:]
	}
	return text
}
