package journal

import (
	"errors"
	"fmt"

	"yodel/store"
)

// keepBuffer is how large a buffer is kept for the next record: an array of messages fits, a crowded room's state goes.
const keepBuffer = 256 << 10

var errClosed = errors.New("the journal is closed")

// Write writes a step down. When it returns, the step outlives the process. store.ErrUnavailable: it does not, and the
// journal is as it was.
func (j *Journal) Write(s *Step) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.news = true
	return j.writeLocked(appendStep(beginFrame(j.buf), s))
}

// Free writes down that a room is gone.
func (j *Journal) Free(room, epoch string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.news = true
	frame := append(beginFrame(j.buf), kindFree)
	return j.writeLocked(appendText(appendText(frame, room), epoch))
}

// Carry is Write for what an older segment says already.
func (j *Journal) Carry(s *Step) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.writeLocked(appendStep(beginFrame(j.buf), s))
}

// writeLocked writes a frame whose head is still empty.
func (j *Journal) writeLocked(frame []byte) error {
	if j.buf = frame; cap(frame) > keepBuffer {
		j.buf = nil
	}
	if j.file == nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, errClosed)
	}
	endFrame(frame)
	if err := j.cutLocked(); err != nil {
		return err
	}
	if _, err := j.file.WriteAt(frame, j.size); err != nil {
		j.torn = true
		return errors.Join(fmt.Errorf("%w: %w", store.ErrUnavailable, err), j.cutLocked())
	}
	j.size += int64(len(frame))
	return nil
}

// cutLocked removes what a failed write has left, so that nothing stands between two records.
func (j *Journal) cutLocked() error {
	if !j.torn {
		return nil
	}
	if err := j.file.Truncate(j.size); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	j.torn = false
	return nil
}
