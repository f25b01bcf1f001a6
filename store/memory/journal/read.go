package journal

import (
	"errors"
	"io"
	"os"
	"time"
)

// reading is what is found in a journal that some process left.
type reading struct {
	retention time.Duration // set once
	rooms     map[string]*Room
	words     words
	boot      string // of the last segment that says
	end       int64  // where the last good record of the last segment ends
	ended     bool   // the last record says that it was closed in peace
	cut       int    // segments that end in something torn
	lost      bool   // something is missing that readers may have seen
}

// read reads the segments of dir with these numbers. boot is that of the machine now.
func read(dir string, numbers []uint64, boot string, retention time.Duration) (*reading, error) {
	r := &reading{retention: retention, rooms: map[string]*Room{}, words: words{}, boot: boot, ended: true}
	first := 0
	for i, number := range numbers {
		h, there, err := readHeader(segmentPath(dir, number))
		if err != nil {
			return nil, err
		}
		if there {
			r.boot = h.boot
		}
		if there && h.base {
			first = i
		}
	}
	for i, number := range numbers[first:] {
		if i > 0 && number != numbers[first+i-1]+1 {
			r.lost = true // somebody took one away
		}
		if err := r.segment(segmentPath(dir, number)); err != nil {
			return nil, err
		}
	}
	if r.boot != boot && !r.ended {
		r.lost = true // what was not synced went with the power, and nobody knows how much that was
	}
	return r, nil
}

// segment reads one file, up to its end or to what is no whole frame.
func (r *reading) segment(path string) error {
	f, size, err := openSegment(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r.ended = false
	for frames := newFrames(f, size); ; {
		r.end = frames.offset
		payload, err := frames.next()
		switch {
		case err == nil && !r.record(payload): // whole, and yet nothing we would have written
			r.cut, r.lost, r.ended = r.cut+1, true, false
			return nil
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errBad):
			return r.torn(f, frames.offset, size)
		case err != nil:
			return err
		}
	}
}

// torn looks at what lies behind the last good record of a file. A process that was killed leaves the beginning of one.
func (r *reading) torn(f *os.File, from, size int64) error {
	r.cut++
	r.ended = false
	rest := make([]byte, size-from)
	if _, err := f.ReadAt(rest, from); err != nil {
		return err
	}
	r.lost = r.lost || holdsFrame(rest)
	return nil
}

// record takes in a payload; false where it is none of ours.
func (r *reading) record(payload []byte) bool {
	d := decoder{rest: payload[1:], words: r.words}
	r.ended = payload[0] == kindEnd
	switch payload[0] {
	case kindStep, kindState:
		step, ok := d.step(payload[0] == kindState)
		if ok {
			r.step(step)
		}
		return ok
	case kindFree:
		name, epoch := d.word(), d.word()
		if room := r.rooms[name]; room != nil && room.Epoch == epoch {
			delete(r.rooms, name)
		}
		return !d.bad
	case kindHeader: // in mid-file, where goOn wrote it
		h, known := d.header()
		r.boot = h.boot
		return known
	case kindEnd:
		return true
	}
	return false
}

func (r *reading) step(s *Step) {
	room := r.rooms[s.Room]
	if room == nil || room.Epoch != s.Epoch { // unknown, or freed and made again
		room = &Room{Name: s.Room, Epoch: s.Epoch, Seq: s.After}
		r.rooms[s.Room] = room
	}
	if s.After < room.Seq {
		r.lost = true // numbers were given out twice
	}
	room.take(s)
	room.trim(r.retention)
}

// wake has all rooms go on from this moment.
func (r *reading) wake(now time.Time) []*Room {
	all := make([]*Room, 0, len(r.rooms))
	for _, room := range r.rooms {
		if r.lost {
			room.begin()
		}
		room.wake(now, r.retention)
		all = append(all, room)
	}
	return all
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, errBad) }
