package storetest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// FillDisk has every write to files under dir fail that this process has open, as on a full disk, until free is called. The
// real /dev/full takes the place of the files.
func FillDisk(t testing.TB, dir string) (free func()) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	kept := map[int]int{} // descriptor of a file: another one of the same
	for _, fd := range openUnder(t, dir) {
		if kept[fd], err = syscall.Dup(fd); err == nil {
			err = syscall.Dup3(int(full.Fd()), fd, syscall.O_CLOEXEC)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(kept) == 0 {
		t.Fatalf("no file is open under %s", dir)
	}
	return func() {
		for fd, same := range kept {
			if err := syscall.Dup3(same, fd, syscall.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
			_ = syscall.Close(same)
		}
		kept = nil
	}
}

// openUnder lists the descriptors of this process's files under dir.
func openUnder(t testing.TB, dir string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	var fds []int
	for _, link := range links {
		if path, err := os.Readlink(link); err == nil && strings.HasPrefix(path, dir+"/") {
			fd, err := strconv.Atoi(filepath.Base(link))
			if err != nil {
				t.Fatal(err)
			}
			fds = append(fds, fd)
		}
	}
	return fds
}
