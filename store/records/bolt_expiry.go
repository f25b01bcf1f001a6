package records

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// batchDelay is how long a revocation waits for company. People leave in crowds (a meeting ends, a server drains), and
// then one fsync serves them all; alone, one pays these 2 ms. Syncing less is no choice: bbolt without fsync may lose
// the whole file when the power fails, rooms and secret included.
const batchDelay = 2 * time.Millisecond

// purgeBatch bounds how many records one transaction of Purge removes, so that a writer waits for milliseconds only.
const purgeBatch = 1000

// Revoke implements Store. It waits for the disk, a few milliseconds, shared by all who call at that moment.
func (b *Bolt) Revoke(peer string, until time.Time) error {
	raw, err := until.UTC().MarshalBinary()
	if err != nil {
		return fmt.Errorf("encode revocation: %w", err)
	}
	err = b.db.Batch(func(tx *bbolt.Tx) error { // may run twice
		revoked := tx.Bucket(bucketRevoked)
		if !until.After(decodeTime(revoked.Get([]byte(peer)))) {
			return nil
		}
		return revoked.Put([]byte(peer), raw)
	})
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	return nil
}

// Revoked implements Store. It costs a few microseconds: a look into mapped memory.
func (b *Bolt) Revoked(peer string) (revoked bool, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		revoked = time.Now().Before(decodeTime(tx.Bucket(bucketRevoked).Get([]byte(peer))))
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("read revocation: %w", err)
	}
	return revoked, nil
}

// decodeTime returns the zero time for what is absent or no time.
func decodeTime(raw []byte) (t time.Time) {
	if t.UnmarshalBinary(raw) != nil {
		return time.Time{}
	}
	return t
}

// Purge implements Store. It looks for what has expired in a read-only transaction and removes it in short ones.
func (b *Bolt) Purge(now time.Time) error {
	expiredRoom := func(raw []byte) bool {
		var r Room
		return json.Unmarshal(raw, &r) == nil && r.expired(now)
	}
	expiredRevocation := func(raw []byte) bool { return !now.Before(decodeTime(raw)) }
	if err := b.purge(bucketRooms, expiredRoom); err != nil {
		return err
	}
	return b.purge(bucketRevoked, expiredRevocation)
}

func (b *Bolt) purge(bucket []byte, expired func(raw []byte) bool) error {
	var keys [][]byte
	err := b.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(key, raw []byte) error {
			if expired(raw) {
				keys = append(keys, bytes.Clone(key))
			}
			return nil
		})
	})
	for len(keys) > 0 && err == nil {
		n := min(len(keys), purgeBatch)
		err = b.remove(bucket, keys[:n], expired)
		keys = keys[n:]
	}
	if err != nil {
		return fmt.Errorf("purge %s: %w", bucket, err)
	}
	return nil
}

// remove deletes those of keys that are there and still as wanted: they may have been replaced since they were found.
func (b *Bolt) remove(bucket []byte, keys [][]byte, wanted func(raw []byte) bool) error {
	removed := int64(0)
	err := b.db.Update(func(tx *bbolt.Tx) error {
		records := tx.Bucket(bucket)
		for _, key := range keys {
			raw := records.Get(key)
			if raw == nil || !wanted(raw) {
				continue
			}
			if err := records.Delete(key); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove from %s: %w", bucket, err)
	}
	if bytes.Equal(bucket, bucketRooms) {
		b.rooms.Add(-removed)
	}
	return nil
}
