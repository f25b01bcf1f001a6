package turnserver

import (
	"net"
	"sync"
)

// holders are the clients that have allocations: it needs both addresses and the protocol between them to tell one.
type holders struct {
	mu  sync.Mutex
	all map[holder]int // guarded by mu
}

type holder struct{ network, client, server string }

func holderOf(client, server net.Addr) holder {
	return holder{client.Network(), client.String(), server.String()}
}

func (h *holders) add(client, server net.Addr, by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who := holderOf(client, server)
	if h.all[who] += by; h.all[who] == 0 {
		delete(h.all, who)
	}
}

func (h *holders) has(client, server net.Addr) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all[holderOf(client, server)] > 0
}
