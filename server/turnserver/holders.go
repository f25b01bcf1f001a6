package turnserver

import (
	"net"
	"sync"
)

// holders are the clients that have allocations: it needs both addresses and the protocol between them to tell one.
type holders struct {
	mu  sync.Mutex
	all map[holder]held // guarded by mu
}

type holder struct{ network, client, server string }

// held is what a client has. pion may tell of an allocation's end only after it told of the next one's beginning.
type held struct {
	allocations int
	latest      *end
}

func holderOf(client, server net.Addr) holder {
	return holder{client.Network(), client.String(), server.String()}
}

func (h *holders) add(client, server net.Addr, made *end) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who := holderOf(client, server)
	h.all[who] = held{h.all[who].allocations + 1, made}
}

func (h *holders) remove(client, server net.Addr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who := holderOf(client, server)
	has := h.all[who]
	if has.allocations--; has.allocations > 0 {
		h.all[who] = has
	} else {
		delete(h.all, who)
	}
}

func (h *holders) has(client, server net.Addr) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all[holderOf(client, server)].allocations > 0
}

// end is that of the client's allocation; nil: it has none.
func (h *holders) end(client, server net.Addr) *end {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all[holderOf(client, server)].latest
}
