package signaling_test

import (
	"encoding/json"
	"strings"
	"testing"

	"yodel/server/signaling"
)

// offer is a message of about 1.5 KB, as browsers send them: an SDP of some forty lines.
var offer = func() []byte {
	sdp := "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
		"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n" +
		"a=ice-ufrag:4ZcD\r\na=ice-pwd:2/1muCWoOi3uLifh0NuRHlgs\r\na=ice-options:trickle\r\n" +
		"a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24\r\n" +
		strings.Repeat("a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtcp-fb:111 transport-cc\r\n", 10)
	body, err := json.Marshal(map[string]any{
		"id": "01980c55-3b5e-7c61-9c2e-6f0a4d2b9e11", "to": "01980c55-3b5e-7c61-9c2e-6f0a4d2b9e22",
		"call": "01980c55-3b5e-7c61-9c2e-6f0a4d2b9e33", "type": "offer",
		"data": map[string]string{"type": "offer", "sdp": sdp},
	})
	if err != nil {
		panic(err)
	}
	return body
}()

const candidate = `{"id":"01980c55-3b5e-7c61-9c2e-6f0a4d2b9e11","to":"01980c55-3b5e-7c61-9c2e-6f0a4d2b9e22","type":"candidate",` +
	`"data":{"candidate":"candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag 4ZcD",` +
	`"sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"4ZcD"}}`

func BenchmarkDecodeMessages(b *testing.B) {
	bodies := map[string][]byte{
		"offer":         offer,
		"candidate":     []byte(candidate),
		"16 candidates": []byte("[" + strings.Repeat(","+strings.Replace(candidate, `"id":"01980c55-3b5e-7c61-9c2e-6f0a4d2b9e11",`, "", 1), 16)[1:] + "]"),
		"Chinese chat":  []byte(`{"type":"chat","data":{"text":"` + strings.Repeat("等待对方接听", 40) + `"}}`),
	}
	for name, body := range bodies {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := signaling.DecodeMessages(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkUnmarshal is what encoding/json takes for the same offer, into a struct with raw data.
func BenchmarkUnmarshal(b *testing.B) {
	b.SetBytes(int64(len(offer)))
	b.ReportAllocs()
	for b.Loop() {
		var m struct {
			ID, To, Call, Type string
			Data               json.RawMessage
		}
		if err := json.Unmarshal(offer, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompact(b *testing.B) {
	b.SetBytes(int64(len(offer)))
	b.ReportAllocs()
	buf := make([]byte, 0, len(offer))
	for b.Loop() {
		if _, err := signaling.Compact(buf, offer); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendString(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 128)
	for b.Loop() {
		buf = signaling.AppendString(buf[:0], "01980c55-3b5e-7c61-9c2e-6f0a4d2b9e11")
	}
}
