package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A server that waits for calls has little to do and should take little memory. What a busy time has left behind is given
// back to the system when things have become quiet; Go by itself takes many minutes.
const (
	quietLook   = 5 * time.Second
	quietAllocs = 1 << 20 // bytes allocated since the last look, that still count as quiet
	worthwhile  = 2 << 20 // bytes below which nothing is worth the trouble
)

// heap is the memory at one moment, in bytes.
type heap struct {
	allocated uint64 // ever
	live      uint64 // found alive by the last collection
	objects   uint64 // live ones and what has become garbage since
	free      uint64 // neither used nor given back
}

// beThrifty gives memory back whenever it has been quiet, until ctx ends.
func beThrifty(ctx context.Context) {
	ticker := time.NewTicker(quietLook)
	defer ticker.Stop()
	for before := readHeap(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := readHeap()
		if now.wasteful(before) {
			debug.FreeOSMemory()
			now = readHeap()
		}
		before = now
	}
}

// wasteful tells whether it was quiet since before, and much is held for nothing.
func (h heap) wasteful(before heap) bool {
	if h.allocated-before.allocated > quietAllocs+h.live/8 {
		return false
	}
	waste := h.free
	if h.objects > h.live {
		waste += h.objects - h.live
	}
	return waste > worthwhile+h.live/4
}

func readHeap() heap {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	return heap{samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64(), samples[3].Value.Uint64()}
}
