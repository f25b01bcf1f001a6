package journal

import (
	"errors"
	"os"
	"slices"
	"time"
)

// Rotate begins a new segment, unless the newest holds nothing new. With true the state of every room has to be written
// by Carry, each under its lock while others go on writing, and then Complete called; where that fails, Rotate is called
// again later and does not begin another segment until it is done.
func (j *Journal) Rotate() (bool, error) {
	j.mu.Lock()
	number, news := j.number, j.news
	j.mu.Unlock()
	if number != j.complete {
		return true, nil
	}
	if !news {
		return false, nil
	}
	return true, j.begin(number + 1)
}

// begin makes the segment before it takes the lock, so that nobody waits for the directory.
func (j *Journal) begin(number uint64) error {
	path := segmentPath(j.dir, number)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	frame := appendHeader(beginFrame(nil), header{boot: j.boot})
	endFrame(frame)
	if _, err := f.WriteAt(frame, 0); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	j.mu.Lock()
	old := j.file
	j.older = append(j.older, older{j.number, time.Now()})
	j.file, j.number, j.size, j.torn, j.news = f, number, int64(len(frame)), false, false
	j.mu.Unlock()
	return old.Close()
}

// Complete says that the newest segment has the state of every room.
func (j *Journal) Complete() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.complete = j.number
}

// Expire removes segments that grow no more since before the horizon and whose rooms are all in a later one.
func (j *Journal) Expire(horizon time.Time) error {
	for len(j.older) > 0 && j.older[0].number < j.complete && j.older[0].since.Before(horizon) {
		if err := os.Remove(segmentPath(j.dir, j.older[0].number)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		j.older = slices.Delete(j.older, 0, 1)
	}
	return nil
}
