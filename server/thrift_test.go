package main

import "testing"

func TestWhenMemoryIsGivenBack(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		before, now heap
		want        bool
	}{
		"nothing held for nothing":        {heap{}, heap{live: 20 * mb, objects: 21 * mb, free: mb}, false},
		"garbage, and all quiet":          {heap{}, heap{live: 20 * mb, objects: 40 * mb}, true},
		"free memory, and all quiet":      {heap{}, heap{live: 20 * mb, objects: 20 * mb, free: 10 * mb}, true},
		"garbage, but busy":               {heap{allocated: mb}, heap{allocated: 100 * mb, live: 20 * mb, objects: 40 * mb}, false},
		"heartbeats alone are quiet":      {heap{allocated: mb}, heap{allocated: 3 * mb, live: 20 * mb, objects: 40 * mb}, true},
		"too little to be worth it":       {heap{}, heap{live: mb, objects: 2 * mb}, false},
		"more found alive than is in use": {heap{}, heap{live: 20 * mb, objects: 19 * mb}, false},
	} {
		if got := c.now.wasteful(c.before); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if h := readHeap(); h.allocated == 0 || h.objects == 0 {
		t.Errorf("the heap cannot be read: %+v", h)
	}
}
