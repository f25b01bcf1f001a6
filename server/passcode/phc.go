package passcode

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/argon2"
)

// ErrMalformed says a string is not the PHC string of an argon2id hash, or asks for more than we would spend.
var ErrMalformed = errors.New("passcode hash is malformed")

// Bounds on what a stored hash may ask for, so that a damaged file cannot make a join take minutes.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 16
	maxLanes     = 16
	minKeyLength = 16
	maxLength    = 64 // of salt and of key, in bytes
)

// hash is what a PHC string says: $argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>, base64 without padding.
type hash struct {
	cost
	salt, key []byte
}

// String encodes h.
func (h hash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memoryKiB, h.passes, h.lanes,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

var phcForm = regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9]\d{0,8}),t=([1-9]\d{0,2}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{1,90})\$([A-Za-z0-9+/]{1,90})$`)

// parse is the inverse of String. ErrMalformed is its only error.
func parse(phc string) (hash, error) {
	m := phcForm.FindStringSubmatch(phc)
	if m == nil {
		return hash{}, ErrMalformed
	}
	memory, passes, lanes := number(m[1]), number(m[2]), number(m[3])
	if memory > maxMemoryKiB || passes > maxPasses || lanes > maxLanes || memory < 8*lanes {
		return hash{}, fmt.Errorf("%w: cost out of range", ErrMalformed)
	}
	salt, err := base64.RawStdEncoding.Strict().DecodeString(m[4])
	key, err2 := base64.RawStdEncoding.Strict().DecodeString(m[5])
	if errors.Join(err, err2) != nil || len(salt) > maxLength || len(key) < minKeyLength || len(key) > maxLength {
		return hash{}, fmt.Errorf("%w: salt or key", ErrMalformed)
	}
	return hash{cost: cost{memoryKiB: memory, passes: passes, lanes: uint8(lanes)}, salt: salt, key: key}, nil
}

// number reads digits that phcForm let through, at most nine of them.
func number(digits string) uint32 {
	n, _ := strconv.ParseUint(digits, 10, 32) // never fails: see phcForm
	return uint32(n)
}
