package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A journal is a directory of segments with rising numbers; only the last one grows. One that is being made has another
// name, and is renamed once it can stand in the place of all before it.
const (
	suffix    = ".journal"
	temporary = "new.tmp"
	format    = "yodel journal 1"
)

// file is what a segment is written through.
type file interface {
	WriteAt(p []byte, off int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

func segmentPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x", number)+suffix)
}

// segments lists the numbers of those in dir, in order.
func segments(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, entry := range entries {
		digits, found := strings.CutSuffix(entry.Name(), suffix)
		if number, err := strconv.ParseUint(digits, 16, 64); found && err == nil && len(digits) == 16 {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// header begins a segment.
type header struct {
	base bool   // it stands for itself: nothing before it matters
	boot string // of the machine when it was made
}

func appendHeader(dst []byte, h header) []byte {
	dst = append(dst, kindHeader)
	dst = appendText(dst, format)
	base := byte(0)
	if h.base {
		base = 1
	}
	dst = append(dst, base)
	return appendText(dst, h.boot)
}

// header reads what appendHeader wrote after the kind.
func (d *decoder) header() (h header, known bool) {
	known = string(d.bytes(d.uvarint())) == format
	h.base = d.uvarint() == 1
	h.boot = string(d.bytes(d.uvarint()))
	return h, known && !d.bad && len(d.rest) == 0
}

// readHeader looks at the head of a segment. Without an error, none there says that it was not written whole.
func readHeader(path string) (h header, there bool, err error) {
	f, size, err := openSegment(path)
	if err != nil {
		return h, false, err
	}
	defer f.Close()
	payload, err := newFrames(f, size).next()
	switch {
	case isEnd(err):
		return h, false, nil
	case err != nil:
		return h, false, err
	}
	if payload[0] == kindHeader {
		d := decoder{rest: payload[1:]}
		if h, there = d.header(); there {
			return h, true, nil
		}
	}
	return h, false, fmt.Errorf("%s is not a journal that this release can read", path)
}

func openSegment(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// syncDir has the names in a directory on the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
