//go:build unix && !linux

package listen

import "time"

// setUserTimeout: only Linux lets a program say so; elsewhere a flush that does not end notices.
func setUserTimeout(int, time.Duration) error { return nil }
