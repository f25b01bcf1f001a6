package turnserver

import (
	"encoding/binary"
	"net"

	"github.com/pion/stun/v4"
)

// refusal is the code that a request has to be refused with where pion has none or another; 0: pion knows.
func (s *Server) refusal(m *stun.Message, client, server net.Addr) stun.ErrorCode {
	switch m.Type.Method {
	case stun.MethodAllocate:
		return s.refusalOfAllocate(m)
	case stun.MethodCreatePermission:
		return s.refusalOfPeers(m, s.holders.end(client, server), 0)
	case stun.MethodChannelBind:
		number, err := m.Get(stun.AttrChannelNumber)
		switch {
		case err != nil || len(number) != 4: // pion's
			return 0
		case number[0]>>6 != 1:
			// RFC 5766 §11: from 0x4000 to 0x7FFF. RFC 8656 §12 ends at 0x4FFF, but clients of the former are about, coturn's one.
			return stun.CodeBadRequest
		}
		return s.refusalOfPeers(m, s.holders.end(client, server), binary.BigEndian.Uint16(number))
	}
	return 0
}

// refusalOfAllocate is for what we do not relay (RFC 8656 §7.2, steps 3 and 7).
func (s *Server) refusalOfAllocate(m *stun.Message) stun.ErrorCode {
	if transport, err := m.Get(stun.AttrRequestedTransport); err == nil && len(transport) == 4 && transport[0] != protocolUDP {
		return stun.CodeUnsupportedTransProto
	}
	family, err := m.Get(stun.AttrRequestedAddressFamily)
	if six := err == nil && len(family) == 4 && family[0] == familyIPv6; s.fabric.address(six) == nil {
		return stun.CodeAddrFamilyNotSupported
	}
	return 0
}

const (
	protocolUDP = 17 // RFC 8656 §18.8
	familyIPv6  = 2  // RFC 8656 §18.6
)

// refusalOfPeers looks at all the addresses of a request before pion installs the first of them: it is all or none (RFC
// 8656 §10.2). A request without any is pion's. They may be more than the allocation of this end can hold (508, as there).
func (s *Server) refusalOfPeers(m *stun.Message, of *end, channel uint16) stun.ErrorCode {
	var peers []net.IP
	var code stun.ErrorCode
	_ = m.ForEach(stun.AttrXORPeerAddress, func(m *stun.Message) error {
		var peer stun.XORMappedAddress
		switch err := peer.GetFromAs(m, stun.AttrXORPeerAddress); {
		case err != nil:
			code = stun.CodeBadRequest
			return err
		case len(peers) > 0 && (peers[0].To4() == nil) != (peer.IP.To4() == nil):
			code = stun.CodePeerAddrFamilyMismatch
		case code == 0 && !s.reaches(peer.IP):
			code = stun.CodeForbidden
		}
		peers = append(peers, peer.IP)
		return nil
	})
	if code == 0 && of != nil && !of.permitted.holdAlso(peers, channel) {
		code = stun.CodeInsufficientCapacity
	}
	return code
}

// reaches leaves out every peer address but those of the fabric, which by construction covers loopback, private,
// link-local, carrier-grade NAT, multicast and metadata addresses, IPv4 mapped into IPv6 included; outside, policy does. An
// address of ours stays permitted there too, for a permission is without a port: what is not for a relayed end of the same
// room goes nowhere.
func (s *Server) reaches(peer net.IP) bool {
	return s.fabric.inside(peer) || s.fabric.outside != nil && s.fabric.outside.policy.permits(peer)
}

// lifetime is how long every allocation lives without a refresh, in seconds: RFC 8656 §7.2 has 600 for the least, and
// leaves the most to the server. So who is gone holds nothing for longer.
const lifetime = 600

// settleLifetime is a request without the LIFETIME it has, if that asks for another one, for pion would give a shorter one,
// and refuse to allocate for none. But for the signature it is the same; one that is not signed well stays as it is.
func (s *Server) settleLifetime(m *stun.Message) *stun.Message {
	asked, err := m.Get(stun.AttrLifetime)
	if err != nil || len(asked) != 4 || !m.Contains(stun.AttrMessageIntegrity) || m.Type.Method != stun.MethodAllocate && m.Type.Method != stun.MethodRefresh {
		return m
	}
	seconds := binary.BigEndian.Uint32(asked)
	if seconds == lifetime || seconds == 0 && m.Type.Method == stun.MethodRefresh { // RFC 8656 §8.2: 0 ends it
		return m
	}
	key := stun.MessageIntegrity(s.keyOf(m))
	if key == nil || key.Check(m) != nil {
		return m
	}
	settled := stun.New()
	settled.Type, settled.TransactionID = m.Type, m.TransactionID
	settled.WriteHeader()
	for _, attribute := range m.Attributes {
		if attribute.Type == stun.AttrMessageIntegrity {
			break
		}
		if attribute.Type != stun.AttrLifetime {
			settled.Add(attribute.Type, attribute.Value)
		}
	}
	if key.AddTo(settled) != nil {
		return m
	}
	return settled
}
