// Package journal writes down what happens to rooms, so that a process that is killed can be followed by one that goes on
// where it ended. It knows files and what a store keeps, and nothing of who may do what when: package memory calls it
// holding the lock of the room that a record is about, which makes the order of a room's records that of its events.
//
// A journal is a directory of segments. Each record is one write to the newest, without fsync: it outlives the process
// and not a loss of power, which is recognised by the boot id and told to readers as a lost log. Every now and then a new
// segment begins, gets the state of every room, and from then on those before it matter for their events alone; they go
// once these are past retention. One process at a time may have a journal open; its owner sees to that.
package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Journal is open for writing. Write and Free are safe for concurrent use; Rotate, Carry, Complete, Expire and Close are for one
// goroutine.
type Journal struct {
	dir  string // set once in Open
	boot string // set once in Open

	older    []older // owned by the goroutine that rotates; the oldest first
	complete uint64  // owned by it: the newest segment that has the state of every room

	mu     sync.Mutex
	file   file   // guarded by mu: the newest segment; nil once closed
	number uint64 // guarded by mu: its number
	size   int64  // guarded by mu: where its next record goes
	torn   bool   // guarded by mu: something lies beyond size
	news   bool   // guarded by mu: it holds more than what Carry wrote
	buf    []byte // guarded by mu: the record that is being written
}

// older is a segment that grows no more.
type older struct {
	number uint64
	since  time.Time
}

// Report is what Open found, for the log.
type Report struct {
	Rooms, Events int
	Torn          int  // segments whose last record was not written whole
	Lost          bool // more is missing than that, so all logs begin anew
	Full          bool // there was no room to write it anew
}

// Open reads the journal in dir, which is made with mode 0700 if missing, and writes what is still needed of it into a
// new segment that takes the place of all others. Events are past retention if they are that much older than the newest
// of their room: time in which no process had the journal open does not count.
func Open(dir string, retention time.Duration) (*Journal, []*Room, Report, error) {
	j := &Journal{dir: dir, boot: machineBoot()}
	rooms, report, err := j.open(retention)
	if err != nil {
		return nil, nil, report, fmt.Errorf("journal in %s: %w", dir, err)
	}
	return j, rooms, report, nil
}

func (j *Journal) open(retention time.Duration) ([]*Room, Report, error) {
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return nil, Report{}, err
	}
	if err := os.Chmod(j.dir, 0o700); err != nil {
		return nil, Report{}, err
	}
	numbers, err := segments(j.dir)
	if err != nil {
		return nil, Report{}, err
	}
	found, err := read(j.dir, numbers, j.boot, retention)
	if err != nil {
		return nil, Report{}, err
	}
	rooms := found.wake(time.Now())
	report := Report{Rooms: len(rooms), Torn: found.cut, Lost: found.lost}
	for _, room := range rooms {
		report.Events += len(room.Log)
	}
	if len(numbers) > 0 {
		j.number = numbers[len(numbers)-1]
	}
	err = j.compact(rooms, numbers)
	if isFull(err) && j.complete == 0 && len(numbers) > 0 && !report.Lost {
		if problem := j.goOn(numbers, found); problem != nil {
			return nil, report, errors.Join(err, problem)
		}
		report.Full, err = true, nil
	}
	return rooms, report, err
}

// compact writes a segment of all there is, under another name until it is whole and on the disk, and removes the others.
// Wherever that is interrupted, the next Open finds either all of them or the new one.
func (j *Journal) compact(rooms []*Room, numbers []uint64) (err error) {
	path := filepath.Join(j.dir, temporary)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(path)
			j.file, j.size, j.torn = nil, 0, false
		}
	}()
	j.file = f
	if err := j.writeLocked(appendHeader(beginFrame(nil), header{base: true, boot: j.boot})); err != nil { // nobody else has j yet
		return err
	}
	for _, room := range rooms {
		if err := room.steps(j.Carry); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(path, segmentPath(j.dir, j.number+1)); err != nil {
		return err
	}
	j.number++
	j.complete = j.number
	if err := syncDir(j.dir); err != nil {
		return err
	}
	for _, number := range numbers {
		if err := os.Remove(segmentPath(j.dir, number)); err != nil {
			return err
		}
	}
	return nil
}

// goOn writes on at the end of the newest segment, where a full disk has no room for a new one: what can be said in that
// little will be, and the rest once there is room. The boot must be told where it is another.
func (j *Journal) goOn(numbers []uint64, found *reading) error {
	f, err := os.OpenFile(segmentPath(j.dir, j.number), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	j.file, j.size = f, found.end
	err = f.Truncate(j.size)
	if err == nil && (j.size == 0 || found.boot != j.boot) {
		err = j.writeLocked(appendHeader(beginFrame(nil), header{boot: j.boot})) // nobody else has j yet
	}
	if err != nil {
		j.file = nil
		return errors.Join(err, f.Close())
	}
	for _, number := range numbers[:len(numbers)-1] {
		j.older = append(j.older, older{number, time.Now()})
	}
	return nil
}

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// Close writes down that nothing follows, and waits until all of it is on the disk: after a clean stop even a loss of power
// loses nothing.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	f := j.file
	defer func() { j.file = nil }()
	err := j.syncOlder()
	if err == nil {
		err = f.Sync()
	}
	if err == nil { // else the next process had better not rely on it
		err = j.writeLocked(append(beginFrame(j.buf), kindEnd))
	}
	if err := errors.Join(err, f.Sync(), f.Close(), syncDir(j.dir)); err != nil {
		return fmt.Errorf("close journal in %s: %w", j.dir, err)
	}
	return nil
}

func (j *Journal) syncOlder() error {
	for _, old := range j.older {
		f, err := os.Open(segmentPath(j.dir, old.number))
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}
