//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strings"
)

// seqDigits is the width of the sequence number that every message carries twice: at the end of its id, where it makes
// the id unique, and as the session id of its SDP, where the receiver finds it.
const seqDigits = 12

// offer is the data of every message: an offer as a browser makes it, cut to such a length that the whole message has
// about 1.5 KB, escapes and all. The sequence number goes between the two.
var offerHead, offerTail = splitOffer()

func splitOffer() (head, tail []byte) {
	const fingerprint = "7B:8F:4C:11:D2:90:5E:A3:66:1F:C0:27:9A:E4:38:B5:0D:72:E9:54:AC:13:8E:F6:21:BB:47:D8:6A:05:93:CE"
	lines := []string{
		"v=0", "o=- %s 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=extmap-allow-mixed", "a=msid-semantic: WMS stream",
		"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
		"a=ice-ufrag:Yx3k", "a=ice-pwd:u9ZqWb7nT5rKpLs2VfDc8JgH", "a=ice-options:trickle",
		"a=fingerprint:sha-256 " + fingerprint, "a=setup:actpass", "a=mid:0",
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=sendrecv", "a=msid:stream audio", "a=rtcp-mux",
		"a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1",
		"a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=rtpmap:110 telephone-event/48000",
		"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
		"a=ice-ufrag:Yx3k", "a=ice-pwd:u9ZqWb7nT5rKpLs2VfDc8JgH", "a=ice-options:trickle",
		"a=fingerprint:sha-256 " + fingerprint, "a=setup:actpass", "a=mid:1", "a=sendrecv", "a=msid:stream video",
		"a=rtcp-mux", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 goog-remb", "a=rtcp-fb:96 nack pli",
		"a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96", "a=ssrc:2231627014 cname:4TOk42mSjXCkVIa6", "",
	}
	sdp := strings.Join(lines, `\r\n`) // escaped already, as it stands in JSON
	before, after, _ := strings.Cut(`{"type":"offer","sdp":"`+sdp+`"}`, "%s")
	return []byte(before), []byte(after)
}

// postRequest is a POST of one message, ready but for its sequence number.
type postRequest struct {
	bytes         []byte
	idAt, offerAt int // where the sequence number goes
}

func newPostRequest(d dialect, host string, from, to seat) *postRequest {
	blank := strings.Repeat("0", seqDigits)
	body := fmt.Sprintf(`{"id":"01890a5d-ac96-774b-bcce-%s","to":"%s","type":"offer","data":%s%s%s}`, blank, to.id, offerHead, blank, offerTail)
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n",
		d.postPath(from, to), host, from.token, len(body))
	return &postRequest{
		bytes:   []byte(head + body),
		idAt:    len(head) + strings.Index(body, blank),
		offerAt: len(head) + strings.Index(body, string(offerHead)) + len(offerHead),
	}
}

// number writes the sequence number in.
func (p *postRequest) number(seq int64) []byte {
	for i := seqDigits - 1; i >= 0; i-- {
		digit := byte('0' + seq%10)
		p.bytes[p.idAt+i], p.bytes[p.offerAt+i] = digit, digit
		seq /= 10
	}
	return p.bytes
}

// readOffer finds the message in a frame of the stream. ok is false for frames of another kind; an offer that came
// altered is an error.
func readOffer(frame []byte) (seq int64, ok bool, err error) {
	at := bytes.Index(frame, offerHead)
	if at < 0 {
		if bytes.Contains(frame, []byte("a=fingerprint")) {
			return 0, false, fmt.Errorf("an offer came altered: %q", frame)
		}
		return 0, false, nil
	}
	rest := frame[at+len(offerHead):]
	if len(rest) < seqDigits || !bytes.HasPrefix(rest[seqDigits:], offerTail) {
		return 0, false, fmt.Errorf("an offer came altered: %q", frame)
	}
	for _, digit := range rest[:seqDigits] {
		if digit < '0' || digit > '9' {
			return 0, false, fmt.Errorf("an offer came altered: %q", frame)
		}
		seq = seq*10 + int64(digit-'0')
	}
	return seq, true, nil
}
