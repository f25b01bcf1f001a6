package main

import (
	"net"
	"net/http"
	"sync"
)

// unused are connections on which no request has come yet, which browsers open in advance. A server that shuts down would
// wait 5 s for each of them, in case one is about to come.
type unused struct {
	mu      sync.Mutex
	conns   map[net.Conn]struct{} // guarded by mu
	closing bool                  // guarded by mu
}

// trackUnused has server tell of its connections. Call it before the server serves.
func trackUnused(server *http.Server) *unused {
	u := &unused{conns: map[net.Conn]struct{}{}}
	server.ConnState = u.note
	return u
}

func (u *unused) note(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	closing := u.closing && state == http.StateNew
	if state == http.StateNew {
		u.conns[conn] = struct{}{}
	} else {
		delete(u.conns, conn)
	}
	u.mu.Unlock()
	if closing {
		_ = conn.Close()
	}
}

// close closes those there are, and those that still come.
func (u *unused) close() {
	u.mu.Lock()
	u.closing = true
	conns := u.conns
	u.conns = map[net.Conn]struct{}{}
	u.mu.Unlock()
	for conn := range conns {
		_ = conn.Close()
	}
}
