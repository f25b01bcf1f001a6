package turnserver

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// readAhead is how much of a stream is taken at once, in bytes: a few packets of media.
const readAhead = 4 << 10

var errNoFrame = errors.New("neither STUN nor ChannelData")

// readFrame reads the next STUN message or ChannelData of a stream into p (RFC 8656 §12.5) and tells its length. What is
// longer than any packet is relayed is left out, as it would be on the way to the peer.
func readFrame(in *bufio.Reader, p []byte) (int, error) {
	for {
		n, err := frameLength(in)
		if err != nil {
			return 0, err
		}
		if n <= len(p)-keepAliveLength {
			return io.ReadFull(in, p[:n])
		}
		if _, err := in.Discard(n); err != nil {
			return 0, err
		}
	}
}

func frameLength(in *bufio.Reader) (int, error) {
	head, err := in.Peek(4)
	if err != nil {
		return 0, err
	}
	length := int(binary.BigEndian.Uint16(head[2:]))
	switch head[0] >> 6 {
	case 1:
		return 4 + (length+3)&^3, nil // RFC 8656 §12.5: over a stream it is padded
	case 0:
		head, err = in.Peek(stunHeader)
		if err == nil && binary.BigEndian.Uint32(head[4:]) != magicCookie {
			err = errNoFrame
		}
		return stunHeader + length, err
	}
	return 0, errNoFrame
}

const magicCookie = 0x2112a442 // RFC 8489 §5

// keepAlive is a Binding indication, which needs no answer (RFC 8489 §6.3.2).
var keepAlive = [...]byte{0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42, 19: 0}

const keepAliveLength = len(keepAlive)

// lengthen puts something of no consequence after a message of fewer bytes than pion looks at: it would keep that back until
// the next one comes.
func lengthen(p []byte, n int) int {
	if n >= 9 {
		return n
	}
	return n + copy(p[n:], keepAlive[:])
}
