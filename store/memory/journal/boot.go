package journal

import (
	"os"
	"strings"
)

// machineBoot is the id of this boot of the machine: what a process wrote and nobody synced outlives the process, and not
// the boot. Empty where the system does not tell.
func machineBoot() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
