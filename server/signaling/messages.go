package signaling

import "strconv"

// DecodeMessages reads a body that is one message or an array of 1 to MaxBatch of them, and reports which it was.
// An empty body is an empty object. All messages are good or none is returned: the *InputError names every wrong
// field of every element, or the place where the body stops being JSON. The Data of a
// message may be a part of body; all else is its own.
func DecodeMessages(body []byte) (msgs []Message, batch bool, err error) {
	d := decoder{scanner: scanner{src: body, from: -1}}
	if d.space() == 0 && d.pos == len(body) {
		d = decoder{scanner: scanner{src: []byte("{}"), from: -1}}
	}
	if batch = d.space() == '['; batch {
		msgs = d.array()
	} else {
		msgs = []Message{d.message("")}
	}
	d.end()
	switch {
	case d.err != nil:
		return nil, batch, d.err
	case len(d.wrong) > 0:
		return nil, batch, &InputError{Fields: d.wrong}
	}
	return msgs, batch, nil
}

// decoder makes messages of what its scanner reads.
type decoder struct {
	scanner
	wrong []FieldError // what to refuse, in the order of the body
}

// array reads an array of messages.
func (d *decoder) array() []Message {
	msgs := make([]Message, 0, 8)
	for more := d.open(']'); more; more = d.more(']') {
		if len(msgs) == MaxBatch {
			d.err = wrong("", "must hold at most "+strconv.Itoa(MaxBatch)+" messages")
			return nil
		}
		at := "[" + strconv.Itoa(len(msgs)) + "]"
		m := d.message(at)
		if i := repeats(msgs, m.Key); i >= 0 {
			d.refuse(at, ".id", "must differ from that of ["+strconv.Itoa(i)+"]")
		}
		msgs = append(msgs, m)
	}
	if len(msgs) == 0 {
		d.refuse("", "", "must hold at least one message")
	}
	return msgs
}

// repeats is the first of msgs with that key, or -1; having no key is no repeat.
func repeats(msgs []Message, key string) int {
	for i := range msgs {
		if key != "" && msgs[i].Key == key {
			return i
		}
	}
	return -1
}

// refuse notes what is wrong with a member of the message at a place: "" or "[3]". The member begins with a dot.
func (d *decoder) refuse(at, member, reason string) {
	field := at + member
	if at == "" && member != "" {
		field = member[1:]
	}
	d.wrong = append(d.wrong, FieldError{Field: field, Reason: reason})
}
