package room

import (
	"encoding/json"
	"time"

	"yodel/server/call"
	"yodel/server/signaling"
	"yodel/store"
)

// An event is stored as the end of its JSON object, everything but `id` and `at`, which the store gives; AppendJSON
// puts them in front. So the whole of it is written once, whoever reads it and by whichever way.

// AppendJSON appends the event as the contract has it, in one line.
func AppendJSON(dst []byte, r *store.Record) []byte {
	dst = append(dst, `{"id":"`...)
	dst = r.Position().AppendTo(dst)
	dst = append(dst, `","at":"`...)
	dst = r.At().AppendFormat(dst, call.TimeLayout)
	dst = append(dst, `",`...)
	return append(dst, r.Body...)
}

// Transient is an event of a reader's own, which is not in the log and has no id: hello, heartbeat, goodbye.
func Transient(typ, room string, now time.Time, data any) []byte {
	encoded, err := json.Marshal(data)
	if err != nil {
		encoded = []byte("null") // cannot be: data is one of ours
	}
	dst := append(make([]byte, 0, 128+len(encoded)), `{"at":"`...)
	dst = now.UTC().AppendFormat(dst, call.TimeLayout)
	dst = append(dst, `",`...)
	return appendTail(dst, typ, room, store.Event{}, "", encoded)
}

// appendTail appends all members from `type` on. room and ids of ours need no escaping.
func appendTail(dst []byte, typ, room string, e store.Event, callID string, data []byte) []byte {
	dst = appendMember(dst, `"type":"`, typ)
	dst = appendMember(dst, `","room":"`, room)
	if e.From != "" {
		dst = appendMember(dst, `","from":"`, e.From)
	}
	if e.To != "" {
		dst = appendMember(dst, `","to":"`, e.To)
	}
	dst = append(dst, '"')
	if callID != "" {
		dst = append(dst, `,"call":`...)
		dst = signaling.AppendString(dst, callID)
	}
	dst = append(dst, `,"data":`...)
	dst = append(dst, data...)
	return append(dst, '}')
}

func appendMember(dst []byte, key, value string) []byte {
	return append(append(dst, key...), value...)
}

// messageEvent is a peer's message on its way into the log.
func messageEvent(m Member, msg *signaling.Message) store.Event {
	e := store.Event{From: m.Peer, To: msg.To, MessageID: msg.Key, Type: msg.Type}
	body := make([]byte, 0, 256+len(msg.Data))
	if msg.ID != "" {
		body = appendMember(body, `"messageId":"`, msg.ID)
		body = append(body, `",`...)
	}
	e.Body = appendTail(body, msg.Type, m.Room, e, msg.Call, msg.Data)
	return e
}

func roomEvent(typ, room string, data any) store.Event {
	encoded, err := json.Marshal(data)
	if err != nil {
		encoded = []byte("null") // cannot be: data is one of ours
	}
	e := store.Event{Type: typ}
	e.Body = appendTail(make([]byte, 0, 64+len(encoded)), typ, room, e, "", encoded)
	return e
}

func callEvent(room string, c call.Call) store.Event { return roomEvent("call", room, c) }

func joinedEvent(room string, p Peer) store.Event { return roomEvent("peer-joined", room, p) }

func updatedEvent(room string, p Peer) store.Event { return roomEvent("peer-updated", room, p) }

// leftEvent tells why: `left` or `expired`.
func leftEvent(room string, p Peer, reason string) store.Event {
	return roomEvent("peer-left", room, struct {
		Peer
		Reason string `json:"reason"`
	}{p, reason})
}
