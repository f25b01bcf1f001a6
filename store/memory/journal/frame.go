package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A frame is what one write puts into a segment: how long its payload is, the payload's CRC-32C, both as four bytes with
// the lowest first, and the payload, which is never empty, so that a stretch of zeros is no frame.
const frameHead = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errBad says that what follows is no whole frame.
var errBad = errors.New("no whole frame")

// beginFrame empties buf and leaves room for a frame's head; the payload is appended next.
func beginFrame(buf []byte) []byte {
	var head [frameHead]byte
	return append(buf[:0], head[:]...)
}

// endFrame fills in the head.
func endFrame(frame []byte) {
	binary.LittleEndian.PutUint32(frame, uint32(len(frame)-frameHead))
	binary.LittleEndian.PutUint32(frame[4:], crc32.Checksum(frame[frameHead:], castagnoli))
}

// frames reads a file frame by frame.
type frames struct {
	r      *bufio.Reader
	offset int64 // where the next one begins
	size   int64 // of the file
}

func newFrames(r io.Reader, size int64) *frames {
	return &frames{r: bufio.NewReaderSize(r, 256<<10), size: size}
}

// next returns a payload, which is the caller's. io.EOF: the file ends after a whole frame. errBad: what is at offset is
// no whole frame. Anything else is the file's own trouble.
func (f *frames) next() ([]byte, error) {
	left := f.size - f.offset
	if left == 0 {
		return nil, io.EOF
	}
	if left < frameHead {
		return nil, errBad
	}
	var head [frameHead]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return nil, err
	}
	length, sum := readHead(head[:])
	if length == 0 || length > left-frameHead {
		return nil, errBad
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(f.r, payload); err != nil {
		return nil, err
	}
	if crc32.Checksum(payload, castagnoli) != sum {
		return nil, errBad
	}
	f.offset += frameHead + length
	return payload, nil
}

func readHead(head []byte) (length int64, sum uint32) {
	return int64(binary.LittleEndian.Uint32(head)), binary.LittleEndian.Uint32(head[4:])
}

// holdsFrame looks for a whole frame anywhere in the rest of a file. A process that is killed leaves none behind the
// record it was writing; so where there is one, more went wrong. Events cannot feign one: in their text no byte is below
// 0x20, and a length of such bytes is longer than any file.
func holdsFrame(rest []byte) bool {
	for ; len(rest) > frameHead; rest = rest[1:] {
		length, sum := readHead(rest)
		if length == 0 || length > int64(len(rest)-frameHead) {
			continue
		}
		if crc32.Checksum(rest[frameHead:frameHead+length], castagnoli) == sum {
			return true
		}
	}
	return false
}
