package turnserver

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"yodel/server/ice"
)

// peerLength is that of a UUID's text: what a user name ends with.
const peerLength = 36

// authenticate looks at the name that a request is signed with: `EXPIRY:ROOM-PEER`, where EXPIRY is in Unix seconds
// (draft-uberti-behave-turn-rest-00 §2.2). It returns the key that the signature is to be checked with. The expiry is
// for making allocations: one that was made in time lives for as long as its owner is in the room and refreshes it, for a
// browser keeps its first credential for the length of a call.
func (s *Server) authenticate(request *turn.RequestAttributes) (name string, key []byte, ok bool) {
	name, ok = s.admit(request.Username, request.Method)
	if !ok {
		s.counts.refuse(badCredential)
		return "", nil, false
	}
	return name, turn.GenerateAuthKey(request.Username, request.Realm, ice.Password(s.cfg.Secret, request.Username)), true
}

// authenticated is told by pion what it found of a signature that authenticate gave the key to.
func (s *Server) authenticated(_, _ net.Addr, _, _, _, _ string, good bool) {
	if !good {
		s.counts.refuse(badCredential)
	}
}

func (s *Server) admit(username string, method stun.Method) (name string, ok bool) {
	expiry, name, found := strings.Cut(username, ":")
	seconds, err := strconv.ParseInt(expiry, 10, 64)
	if !found || err != nil || len(name) <= peerLength || name[len(name)-peerLength-1] != '-' {
		return "", false
	}
	if method == stun.MethodAllocate && time.Now().Unix() >= seconds {
		return "", false
	}
	return name, s.mayRelay(name)
}

// mayRelay tells whether the peer of a name that is well made may relay. Nobody gets a credential for the room of the
// self-test.
func (s *Server) mayRelay(name string) bool {
	return s.cfg.MayRelay == nil || roomOf(name) == selfTestRoom || s.cfg.MayRelay(roomOf(name), name[len(name)-peerLength:])
}

// roomOf is the room in a name that is well made.
func roomOf(name string) string { return name[:len(name)-peerLength-1] }
