package signaling

import (
	"strings"
	"unicode/utf8"
)

// maxID is the most characters the id of a peer or call may have in a message.
const maxID = 64

// envelope is where a message's members stand in the body, each as JSON text; nil if absent. Of members that come
// twice the last counts, as everywhere in JSON's practice, so nothing is judged before the object ends.
type envelope struct {
	id, to, call, typ []byte
	data              Data
	dict              dictionary
}

// message reads the object at hand and checks it. at is where it stands in an array, as "[3]", or "".
func (d *decoder) message(at string) Message {
	if d.space() != '{' {
		d.value()
		d.refuse(at, "", "must be a message, which is an object")
		return Message{}
	}
	var e envelope
	mark := len(d.out)
	for more := d.open('}'); more; more = d.more('}') {
		switch string(unquoted(d.name())) {
		case "id":
			e.id = d.raw()
		case "to":
			e.to = d.raw()
		case "call":
			e.call = d.raw()
		case "type":
			e.typ = d.raw()
		case "data":
			d.out = d.out[:mark]
			e.data = d.data(&e.dict)
		default:
			d.value()
		}
	}
	if d.err != nil {
		return Message{}
	}
	return d.check(at, &e)
}

// raw reads a value and returns its text.
func (d *decoder) raw() []byte {
	d.space()
	start := d.pos
	d.value()
	return d.src[start:d.pos]
}

// data reads a value and returns its compact text, noting in dict what a WebRTC dictionary would hold. Text that is
// compact already, which is the common case, is not copied.
func (d *decoder) data(dict *dictionary) Data {
	*dict = dictionary{}
	first := d.space()
	mark, start := len(d.out), d.pos
	d.from = d.pos
	if first == '{' {
		d.dictionary(dict)
	} else {
		d.value()
	}
	if d.from == start && len(d.out) == mark {
		d.from = -1
		return d.src[start:d.pos:d.pos]
	}
	d.cut(d.pos)
	d.from = -1
	return d.out[mark:len(d.out):len(d.out)]
}

// check makes a message of its members, or notes what is wrong with each.
func (d *decoder) check(at string, e *envelope) (m Message) {
	id, ok := optional(e.id)
	if !ok || len(id) > 0 && !isUUID(id) {
		d.refuse(at, ".id", notUUID)
		id = nil
	}
	to, ok := optional(e.to)
	if !ok || utf8.RuneCount(to) > maxID {
		d.refuse(at, ".to", "must be a peer id, a string of 1 to 64 characters")
	}
	call, ok := optional(e.call)
	if !ok || utf8.RuneCount(call) > maxID {
		d.refuse(at, ".call", "must be a call id, a string of 1 to 64 characters")
	}
	d.own(&m, id, to, call)
	m.Type = d.typ(at, e.typ)
	m.Data = e.data
	switch {
	case m.Data == nil:
		d.refuse(at, ".data", "is required")
	case m.Type == TypeOffer, m.Type == TypeAnswer:
		d.description(at, m.Type, &e.dict)
	case m.Type == TypeCandidate:
		d.candidate(at, &e.dict)
	}
	return m
}

// own gives m its strings, all in one allocation since they live equally long.
func (d *decoder) own(m *Message, id, to, call []byte) {
	var room [3 * maxID]byte
	all := string(append(append(append(room[:0], id...), to...), call...))
	m.ID, all = all[:len(id)], all[len(id):]
	m.To, m.Call = all[:len(to)], all[len(to):]
	m.Key = strings.ToLower(m.ID)
}

// typ reads and checks a message's type.
func (d *decoder) typ(at string, text []byte) string {
	word, ok := optional(text)
	switch {
	case ok && len(word) == 0:
		d.refuse(at, ".type", "is required")
		return ""
	case string(word) == TypeOffer:
		return TypeOffer
	case string(word) == TypeAnswer:
		return TypeAnswer
	case string(word) == TypeCandidate:
		return TypeCandidate
	case !ok || !isWord(word):
		d.refuse(at, ".type", "must be offer, answer, candidate or a lower-case word: [a-z][a-z0-9-]{0,31}")
		return ""
	case Reserved(string(word)):
		d.refuse(at, ".type", "must not be one of the server's own")
		return ""
	}
	return string(word)
}
