package signaling

// dictionary is where the members of RTCSessionDescriptionInit and RTCIceCandidateInit stand in a message's data,
// each as JSON text; nil if absent. is tells whether data was an object at all.
type dictionary struct {
	is                                             bool
	typ, sdp                                       []byte
	candidate, sdpMid, sdpMLineIndex, usernameFrag []byte
}

// dictionary reads the object at hand. Members it does not know are kept untouched like all others.
func (d *decoder) dictionary(dict *dictionary) {
	dict.is = true
	for more := d.open('}'); more; more = d.more('}') {
		switch string(unquoted(d.name())) {
		case "type":
			dict.typ = d.raw()
		case "sdp":
			dict.sdp = d.raw()
		case "candidate":
			dict.candidate = d.raw()
		case "sdpMid":
			dict.sdpMid = d.raw()
		case "sdpMLineIndex":
			dict.sdpMLineIndex = d.raw()
		case "usernameFragment":
			dict.usernameFrag = d.raw()
		default:
			d.value()
		}
	}
}

// description checks an offer's or answer's data: {type, sdp}, of the message's own type.
func (d *decoder) description(at, typ string, dict *dictionary) {
	if !dict.is {
		d.refuse(at, ".data", "must be a session description: {type, sdp}")
		return
	}
	if !isString(dict.typ) || string(unquoted(dict.typ)) != typ {
		d.refuse(at, ".data.type", "must be the message's type, "+typ)
	}
	if !isString(dict.sdp) {
		d.refuse(at, ".data.sdp", "must be a string")
	}
}

// candidate checks a candidate's data: {candidate, sdpMid?, sdpMLineIndex?, usernameFragment?}.
func (d *decoder) candidate(at string, dict *dictionary) {
	if !dict.is {
		d.refuse(at, ".data", "must be a candidate: {candidate, sdpMid, sdpMLineIndex, usernameFragment}")
		return
	}
	if !isString(dict.candidate) {
		d.refuse(at, ".data.candidate", "must be a string, empty at the end of candidates")
	}
	if !isNone(dict.sdpMid) && !isString(dict.sdpMid) {
		d.refuse(at, ".data.sdpMid", "must be a string or null")
	}
	if !isNone(dict.sdpMLineIndex) && !isUint16(dict.sdpMLineIndex) {
		d.refuse(at, ".data.sdpMLineIndex", "must be an integer from 0 to 65535 or null")
	}
	if !isNone(dict.usernameFrag) && !isString(dict.usernameFrag) {
		d.refuse(at, ".data.usernameFragment", "must be a string or null")
	}
}
