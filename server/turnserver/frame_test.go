package turnserver

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// FuzzReadFrame cuts a stream up: what comes out are whole messages that fit, and in them all that fits went in.
func FuzzReadFrame(f *testing.F) {
	binding := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...)
	f.Add(binding)
	f.Add(append([]byte{0x40, 0, 0, 1, 'a', 0, 0, 0}, binding...))
	f.Add(append([]byte{0x7f, 0xff, 0, 0}, binding...))
	f.Add([]byte{0x40, 0, 0xff, 0xff})
	f.Add([]byte{0x80, 0, 0, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		in, p := bufio.NewReaderSize(iotest.OneByteReader(bytes.NewReader(stream)), readAhead), make([]byte, maxPacket)
		for at := 0; ; {
			n, err := readFrame(in, p)
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errNoFrame) {
					t.Fatal(err)
				}
				return
			}
			for at+n <= len(stream) && !bytes.Equal(stream[at:at+n], p[:n]) { // after what was left out
				at += 4
			}
			if at+n > len(stream) {
				t.Fatalf("%x does not come from %x", p[:n], stream)
			}
			if length := int(binary.BigEndian.Uint16(p[2:])); n > len(p)-keepAliveLength || n < 4+length {
				t.Fatalf("%d bytes for %x", n, p[:4])
			}
			if longer := lengthen(p, n); longer < 9 || longer > len(p) {
				t.Fatalf("%d bytes became %d", n, longer)
			}
			at += n
		}
	})
}

func TestReadFrame(t *testing.T) {
	message := append([]byte{0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 16)...)
	long := append([]byte{0x40, 0, 0x10, 0}, make([]byte, 0x1000)...)
	stream := bytes.Join([][]byte{message, {0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0}, long, {0x40, 1, 0, 0}, message, {0xff, 0, 0, 0}}, nil)
	in, p := bufio.NewReaderSize(iotest.HalfReader(bytes.NewReader(stream)), readAhead), make([]byte, maxPacket)
	for i, want := range []int{24, 12, 4, 24} {
		if n, err := readFrame(in, p); n != want || err != nil {
			t.Errorf("message %d: %d bytes, %v", i, n, err)
		}
	}
	if _, err := readFrame(in, p); !errors.Is(err, errNoFrame) {
		t.Errorf("after nonsense: %v", err)
	}
}
