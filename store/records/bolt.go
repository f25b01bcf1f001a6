package records

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

const (
	fileName = "yodel.db"
	// lockWait is how long Open waits for another process to let go of the file: a predecessor that is just stopping,
	// but not so long that a person wonders.
	lockWait = 500 * time.Millisecond
)

// The file has three buckets: rooms by id as JSON, revocations by peer as the binary form of their end, and meta.
var (
	bucketRooms   = []byte("rooms")
	bucketRevoked = []byte("revoked")
	bucketMeta    = []byte("meta")
	keySecret     = []byte("secret")
)

var _ Store = (*Bolt)(nil)

// Bolt keeps records in a bbolt file: one writer at a time, readers never wait, every answered change is on the disk
// (fsync). These are rare changes by people, not messages, so their milliseconds buy power-loss safety.
type Bolt struct {
	// set once in Open
	db     *bbolt.DB
	secret []byte

	rooms atomic.Int64 // records in bucketRooms; changed only after a commit
}

// Open opens or makes the records in dir, which is made with mode 0700 if missing; the file has mode 0600, for it holds
// the secret. It answers within a second. ErrInUse: another process has it open; ErrDamaged: the file cannot be used;
// all errors name the path.
func Open(dir string) (*Bolt, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory %s: %w", dir, err)
	}
	path := filepath.Join(dir, fileName)
	b, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return b, nil
}

// prepare makes what a new file lacks and reads what is asked often.
func (b *Bolt) prepare(path string) error {
	b.db.MaxBatchDelay = batchDelay
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	return b.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketRooms, bucketRevoked, bucketMeta} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		b.rooms.Store(int64(tx.Bucket(bucketRooms).Stats().KeyN))
		meta := tx.Bucket(bucketMeta)
		if b.secret = bytes.Clone(meta.Get(keySecret)); b.secret != nil {
			if len(b.secret) != secretLength {
				return fmt.Errorf("the secret has %d bytes, not %d", len(b.secret), secretLength)
			}
			return nil
		}
		b.secret = make([]byte, secretLength)
		_, _ = rand.Read(b.secret) // never fails: crypto/rand
		return meta.Put(keySecret, b.secret)
	})
}

// Secret implements Store.
func (b *Bolt) Secret() []byte { return bytes.Clone(b.secret) }

// CountRooms implements Store.
func (b *Bolt) CountRooms() int { return int(b.rooms.Load()) }

// Close implements Store.
func (b *Bolt) Close() error { return b.db.Close() }

// Room implements Store.
func (b *Bolt) Room(id string) (Room, error) {
	var r Room
	err := b.db.View(func(tx *bbolt.Tx) (err error) {
		r, err = liveRoom(tx, id, time.Now())
		return err
	})
	if err != nil {
		return Room{}, fmt.Errorf("read room record: %w", err)
	}
	return r, nil
}

// liveRoom reads a room that has not expired, or ErrNotFound.
func liveRoom(tx *bbolt.Tx, id string, now time.Time) (Room, error) {
	raw := tx.Bucket(bucketRooms).Get([]byte(id))
	if raw == nil {
		return Room{}, ErrNotFound
	}
	var r Room
	if err := json.Unmarshal(raw, &r); err != nil {
		return Room{}, err
	}
	if r.expired(now) {
		return Room{}, ErrNotFound
	}
	return r, nil
}

// AddRoom implements Store.
func (b *Bolt) AddRoom(r Room) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode room record: %w", err)
	}
	added := int64(1)
	err = b.db.Update(func(tx *bbolt.Tx) error {
		if _, err := liveRoom(tx, r.ID, time.Now()); err == nil {
			return ErrExists
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		rooms := tx.Bucket(bucketRooms)
		if rooms.Get([]byte(r.ID)) != nil {
			added = 0 // replaces an expired one
		}
		return rooms.Put([]byte(r.ID), raw)
	})
	if err != nil {
		return fmt.Errorf("add room record: %w", err)
	}
	b.rooms.Add(added)
	return nil
}

// DeleteRoom implements Store.
func (b *Bolt) DeleteRoom(id string) error {
	return b.remove(bucketRooms, [][]byte{[]byte(id)}, func([]byte) bool { return true })
}
