//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// cpuTime is the CPU time, user and system, that the process and all its threads have used so far. It is the sum that
// /proc/<pid>/stat shows as utime+stime, read from the process's CPU clock in nanoseconds instead of ticks of 10 ms.
func cpuTime(pid int) (time.Duration, error) {
	const schedClock = 2 // CPUCLOCK_SCHED of clock_getcpuclockid(3): the low bits; above them the inverted pid
	clock := int32(^pid)<<3 | schedClock
	var ts syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&ts)), 0)
	if errno != 0 {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, errno)
	}
	return time.Duration(ts.Nano()), nil
}

// residentBytes is VmRSS of the process.
func residentBytes(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return parseResident(status)
}

// parseResident reads the VmRSS line of a /proc/<pid>/status.
func parseResident(status []byte) (int64, error) {
	lines := bufio.NewScanner(bytes.NewReader(status))
	for lines.Scan() {
		rest, ok := bytes.CutPrefix(lines.Bytes(), []byte("VmRSS:"))
		if !ok {
			continue
		}
		kb, ok := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
		if !ok {
			return 0, fmt.Errorf("VmRSS in an unknown unit: %q", rest)
		}
		n, err := strconv.ParseInt(string(kb), 10, 64)
		return n * 1024, err
	}
	return 0, fmt.Errorf("no VmRSS in process status")
}

// settledResident lets the process rest, at least for the given time, until its memory stays within one percent over five
// seconds (but not for ever), and returns it. Nothing is asked of the process meanwhile: a phone that waits asks nothing.
func settledResident(pid int, atLeast time.Duration) (int64, error) {
	const step, still, patience = 500 * time.Millisecond, 10, 40 * time.Second
	var seen []int64
	for begun := time.Now(); ; time.Sleep(step) {
		now, err := residentBytes(pid)
		if err != nil {
			return 0, err
		}
		seen = append(seen, now)
		waited := time.Since(begun)
		if waited >= patience+atLeast || waited >= atLeast && steady(seen, still) {
			return now, nil
		}
	}
}

// steady tells whether the last n values are within one percent of each other.
func steady(values []int64, n int) bool {
	if len(values) < n {
		return false
	}
	lo, hi := values[len(values)-n], values[len(values)-n]
	for _, v := range values[len(values)-n:] {
		lo, hi = min(lo, v), max(hi, v)
	}
	return hi-lo <= hi/100
}

// raiseFileLimit lets this process and its children open want files where it may, and returns how many it may open.
func raiseFileLimit(want uint64) (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	if limit.Cur >= want {
		return limit.Cur, nil
	}
	raised := syscall.Rlimit{Cur: want, Max: max(want, limit.Max)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err == nil {
		return raised.Cur, nil
	}
	raised = syscall.Rlimit{Cur: min(want, limit.Max), Max: limit.Max} // without privilege: up to the hard limit
	return raised.Cur, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised)
}
