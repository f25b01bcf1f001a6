package store

import (
	"crypto/rand"
	"encoding/base32"
	"hash/fnv"
	"strconv"
	"strings"
)

// Position is a place in a room's log: after the event with this sequence number. Its text form, `epoch-sequence`, is
// the event id that clients see. The epoch begins with a tag of the room, so that the position of another room is told
// from one whose log was lost.
type Position struct {
	Epoch string
	Seq   uint64
}

const (
	tagLength   = 7  // base32 characters of a 32-bit hash
	epochLength = 16 // the tag and 9 random characters
	seqDigits   = 20
)

var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewEpoch makes the name of a new log of room.
func NewEpoch(room string) string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	return tag(room) + encoding.EncodeToString(random[:])[:epochLength-tagLength]
}

// String is the event id: it holds no CR, LF or NUL and is safe in a URL.
func (p Position) String() string { return string(p.AppendTo(nil)) }

// AppendTo appends the text form to dst.
func (p Position) AppendTo(dst []byte) []byte {
	dst = append(dst, p.Epoch...)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, p.Seq, 10)
}

// ParsePosition reads the text form; false for anything that no log could have given out.
func ParsePosition(text string) (Position, bool) {
	epoch, digits, found := strings.Cut(text, "-")
	if !found || len(epoch) != epochLength || len(digits) > seqDigits {
		return Position{}, false
	}
	seq, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || strconv.FormatUint(seq, 10) != digits {
		return Position{}, false
	}
	return Position{Epoch: epoch, Seq: seq}, true
}

// Of tells whether the position was given out by a log of room, be it this one or one that was lost.
func (p Position) Of(room string) bool {
	return len(p.Epoch) == epochLength && p.Epoch[:tagLength] == tag(room)
}

func tag(room string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(room))
	return encoding.EncodeToString(hash.Sum(nil))[:tagLength]
}
