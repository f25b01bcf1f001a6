package main

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// filled is a path of the contract with its parameters filled in.
func filled(path, room, peer, call string) string {
	return strings.NewReplacer("{room}", room, "{peer}", peer, "{call}", call).Replace(path)
}

// TestMethods tries OPTIONS, HEAD and wrong methods on every path of the contract; the recorder knows what each must
// answer.
func TestMethods(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana := s.join("r", "Ana")
	call := ana.call(object{})
	for _, route := range contract().Routes() {
		path := "/" + filled(route.Path, "r", ana.Peer.ID, call.ID)
		s.do(ask{method: "OPTIONS", path: path}).is(http.StatusNoContent)
		has := contract().Methods(route.Path)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY"} {
			if slices.Contains(has, method) {
				continue
			}
			s.do(ask{method: method, path: path, token: ana.Token}).is(http.StatusMethodNotAllowed)
		}
		if slices.Contains(has, "HEAD") {
			get, head := s.do(ask{method: "GET", path: path, token: ana.Token}).is(http.StatusOK), s.do(ask{method: "HEAD", path: path, token: ana.Token}).is(http.StatusOK)
			if get.header.Get("Content-Type") != head.header.Get("Content-Type") {
				t.Errorf("%s: HEAD has Content-Type %q, GET %q", path, head.header.Get("Content-Type"), get.header.Get("Content-Type"))
			}
		}
	}
	s.do(ask{method: "HEAD", path: ana.in("/events"), token: ana.Token}).is(http.StatusMethodNotAllowed)
	if got := s.do(ask{method: "GET", path: "/openapi.yaml"}).is(http.StatusOK); string(got.body) != fileText(t, "httpapi/openapi.yaml") {
		t.Error("the server serves another contract than the tests read")
	}
	docs := s.do(ask{method: "GET", path: "//docs/problems"}).is(http.StatusOK)
	for _, problem := range contract().Problems() {
		if !strings.Contains(string(docs.body), `id="`+problem.Code+`"`) {
			t.Errorf("/docs/problems says nothing of %s", problem.Code)
		}
	}
}

func fileText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestNowhere shows that what is not there is a problem, and never the app's page.
func TestNowhere(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range []string{
		"//api", "//api/", "//api/v1", "//api/v1/", "//api/v2/rooms", "//api/v1/rooms/", "//api/v1/rooms/r/", "//api/v1/nothing",
		"//api/v1/rooms/r/peers/p/token/more", "//assets/missing.js", "//missing.png", "//index.html.map", "//r", "//r/a/b", "//docs",
		"//docs/problems/", "//healthz/", "//favicon.ico.bak", "//.git/config", "//..%2f..%2fetc/passwd", "//%00", "//r/a%2fb",
	} {
		s.do(ask{method: "GET", path: path}).is(http.StatusNotFound)
		s.do(ask{method: "POST", path: path, body: "{}"}).is(http.StatusNotFound)
	}
}

// bodies that are wrong for every route that takes one.
func badBodies() map[string]string {
	return map[string]string{
		"no JSON": "hello", "cut off": `{"name":"A`, "two values": `{} {}`, "a value and more": `{}x`, "a comma": `{"name":"A",}`,
		"single quotes": `{'name':'A'}`, "a comment": `{}/**/`, "NaN": `{"x":NaN}`, "a leading zero": `{"x":01}`, "a BOM": "\ufeff{}",
		"invalid UTF-8": "{\"x\":\"\xff\"}", "a raw control": "{\"x\":\"\x01\"}", "a lone quote": `"`, "NUL": "\x00", "a bad escape": `{"x":"\q"}`,
		"a key that is none": `{x:1}`, "too deep": `{"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`,
		"a number": `1`, "a string": `"x"`, "null": `null`, "true": `true`,
	}
}

// TestMalformed sends a few hundred requests that are wrong in every way there is, and gets problems that name what is
// wrong, and never a fault of the server.
func TestMalformed(t *testing.T) {
	t.Parallel()
	s := start(t, "--limits=off")
	ana := s.join("r", "Ana")
	call := ana.call(object{})
	refuse := func(method, path, body, field string) {
		t.Helper()
		r := s.do(ask{method: method, path: filled(path, "r", ana.Peer.ID, call.ID), token: ana.Token, body: body, wrong: true})
		p := r.isProblem("bad-request")
		if field != "" && !slices.ContainsFunc(p.Errors, func(e struct{ Field, Reason string }) bool { return e.Field == field }) {
			t.Errorf("%s %s %s: errors are %+v, want field %q", method, path, body, p.Errors, field)
		}
	}
	takesObject := map[string]string{
		"/rooms": "POST", "/rooms/{room}/peers": "POST", "/rooms/{room}/peers/{peer}": "PATCH", "/rooms/{room}/peers/{peer}/token": "POST",
		"/rooms/{room}/calls": "POST", "/rooms/{room}/calls/{call}/accept": "POST", "/rooms/{room}/calls/{call}/decline": "POST",
		"/rooms/{room}/calls/{call}/hangup": "POST", "/rooms/{room}/messages": "POST",
	}
	for path, method := range takesObject {
		for name, body := range badBodies() {
			t.Run(method+path+" "+name, func(t *testing.T) { refuse(method, path, body, "") })
		}
		if path != "/rooms/{room}/messages" {
			refuse(method, path, `[]`, "")
		}
	}

	const rooms, peers, self, calls = "/rooms", "/rooms/{room}/peers", "/rooms/{room}/peers/{peer}", "/rooms/{room}/calls"
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", rooms, `{"room":""}`, "room"}, {"POST", rooms, `{"room":"a b"}`, "room"}, {"POST", rooms, `{"room":"é"}`, "room"},
		{"POST", rooms, `{"room":"` + strings.Repeat("a", 65) + `"}`, "room"}, {"POST", rooms, `{"room":7}`, "room"}, {"POST", rooms, `{"room":"a/b"}`, "room"},
		{"POST", rooms, `{"passcode":"` + strings.Repeat("é", 65) + `"}`, "passcode"}, {"POST", rooms, `{"passcode":1}`, "passcode"},
		{"POST", rooms, `{"callCapacity":1}`, "callCapacity"}, {"POST", rooms, `{"callCapacity":9}`, "callCapacity"},
		{"POST", rooms, `{"callCapacity":2.5}`, "callCapacity"}, {"POST", rooms, `{"callCapacity":"2"}`, "callCapacity"},
		{"POST", rooms, `{"expiresInSeconds":59}`, "expiresInSeconds"}, {"POST", rooms, `{"expiresInSeconds":31536001}`, "expiresInSeconds"},
		{"POST", rooms, `{"expiresInSeconds":1e99}`, "expiresInSeconds"}, {"POST", rooms, `{"expiresInSeconds":-1}`, "expiresInSeconds"},
		{"POST", peers, `{"name":""}`, "name"}, {"POST", peers, `{"name":"` + strings.Repeat("é", 65) + `"}`, "name"},
		{"POST", peers, `{"name":"a\nb"}`, "name"}, {"POST", peers, `{"name":"a\u202eb"}`, "name"}, {"POST", peers, `{"name":"\u0085"}`, "name"},
		{"POST", peers, `{"name":["a"]}`, "name"}, {"POST", peers, `{"passcode":"` + strings.Repeat("x", 129) + `"}`, "passcode"},
		{"POST", "/rooms/a%20b/peers", `{}`, "room"}, {"POST", "/rooms/" + strings.Repeat("a", 65) + "/peers", `{}`, "room"},
		{"GET", "/rooms/a%20b", "", "room"}, {"GET", "/rooms/%C3%A9", "", "room"},
		{"PATCH", self, `{"name":""}`, "name"}, {"PATCH", self, `{"media":true}`, "media"}, {"PATCH", self, `{"media":{"audio":"on"}}`, "media.audio"},
		{"PATCH", self, `{"media":[]}`, "media"}, {"PATCH", self, `{"away":"yes"}`, "away"}, {"PATCH", self, `{"name":"\u2067a"}`, "name"},
		{"POST", calls, `{"id":"no-uuid"}`, "id"}, {"POST", calls, `{"to":[]}`, "to"}, {"POST", calls, `{"to":[1]}`, ""}, {"POST", calls, `{"video":"yes"}`, "video"},
		{"POST", calls, `{"note":"` + strings.Repeat("é", 201) + `"}`, "note"}, {"POST", calls, `{"note":5}`, "note"},
		{"POST", calls + "/{call}/decline", `{"reason":"tired"}`, "reason"}, {"POST", calls + "/{call}/decline", `{"reason":"failed"}`, "reason"},
		{"POST", calls + "/{call}/hangup", `{"reason":"busy"}`, "reason"}, {"POST", calls + "/{call}/hangup", `{"reason":{}}`, "reason"},
		{"GET", "/rooms/{room}/events?waitSeconds=61", "", "waitSeconds"}, {"GET", "/rooms/{room}/events?waitSeconds=-1", "", "waitSeconds"},
		{"GET", "/rooms/{room}/events?waitSeconds=soon", "", "waitSeconds"}, {"POST", "/rooms/{room}/events?waitSeconds=1e3", "", "waitSeconds"},
		{"GET", "/rooms/{room}/events?waitSeconds=", "", "waitSeconds"}, {"GET", "/rooms/{room}/events?waitSeconds=%zz", "", "waitSeconds"},
		{"GET", "/rooms/{room}/events?waitSeconds=9;x", "", "waitSeconds"},
	} {
		refuse(c.method, c.path, c.body, c.field)
	}

	wrong := func(body, field string) { t.Helper(); refuse("POST", "/rooms/{room}/messages", body, field) }
	good := `{"type":"chat","data":1}`
	wrong(``, "type")
	wrong(`[]`, "")
	wrong(`[`+strings.Repeat(good+",", 64)+good+`]`, "")
	wrong(`[[`+good+`]]`, "[0]")
	wrong(`[`+good+`,7]`, "[1]")
	wrong(`{"data":1}`, "type")
	wrong(`{"type":"chat"}`, "data")
	wrong(`{"type":7,"data":1}`, "type")
	wrong(`{"type":null,"data":1}`, "type")
	for _, reserved := range []string{"hello", "heartbeat", "goodbye", "reset", "peer-joined", "peer-updated", "peer-left", "peer", "room", "call", "server",
		"peer-x", "room-x", "call-x", "server-x", "peer-", "", "Chat", "1chat", "-chat", "chät", "chat chat", "chat\\n", strings.Repeat("a", 33)} {
		wrong(`[`+good+`,`+good+`,`+good+`,{"type":"`+reserved+`","data":1}]`, "[3].type")
	}
	for _, id := range []string{`""`, `"x"`, `7`, `"019a8c1f0b517a3e8f206d1c2b3a4051"`, `"019a8c1f-0b51-7a3e-8f20-6d1c2b3a405g"`, `"{019a8c1f-0b51-7a3e-8f20-6d1c2b3a4051}"`} {
		wrong(`{"id":`+id+`,"type":"chat","data":1}`, "id")
	}
	twice := `{"id":"` + messageID + `","type":"chat","data":1}`
	wrong(`[`+twice+`,`+good+`,`+strings.ToLower(twice)+`]`, "[2].id")
	wrong(`{"to":7,"type":"chat","data":1}`, "to")
	wrong(`{"to":"`+ana.Peer.ID+`","type":"chat","data":1}`, "to")
	wrong(`{"call":[],"type":"chat","data":1}`, "call")
	for _, data := range []string{`1`, `null`, `[]`, `{}`, `{"type":"offer"}`, `{"type":"offer","sdp":7}`, `{"type":"answer","sdp":"v=0"}`, `"v=0"`} {
		wrong(`{"type":"offer","data":`+data+`}`, "")
	}
	for _, data := range []string{`null`, `"candidate:1"`, `{}`, `{"candidate":null}`, `{"candidate":"","sdpMid":0}`, `{"candidate":"","sdpMLineIndex":"0"}`,
		`{"candidate":"","sdpMLineIndex":-1}`, `{"candidate":"","sdpMLineIndex":65536}`, `{"candidate":"","sdpMLineIndex":0.5}`, `{"candidate":"","usernameFragment":1}`} {
		wrong(`{"type":"candidate","data":`+data+`}`, "")
	}
	if got := decoded[callShape](ana.do("GET", "/calls/"+call.ID, nil)); got.Revision != call.Revision {
		t.Errorf("the call changed: %+v", got)
	}
}

// TestBounds shows what is just within the bounds of a body.
func TestBounds(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana := s.join("r", "Ana")
	const most = 64 << 10
	fit := func(size int) string {
		const start, end = `{"type":"chat","data":"`, `"}`
		return start + strings.Repeat("x", size-len(start)-len(end)) + end
	}
	ana.send(fit(most))
	ana.post("/messages", fit(most+1)).isProblem("body-too-large")
	ana.post("/messages", fit(10*most)).isProblem("body-too-large")
	s.do(ask{method: "POST", path: "/rooms", body: `{"x":"` + strings.Repeat("x", most) + `"}`, wrong: true}).isProblem("body-too-large")
	for _, blank := range []string{"", " \n"} {
		s.do(ask{method: "POST", path: "/rooms/r/peers", body: blank, wrong: true}).is(http.StatusCreated)
	}

	deepest := strings.Repeat("[", 63) + strings.Repeat("]", 63) // one more is the message itself
	ana.send(`{"type":"chat","data":` + deepest + `}`)
	s.do(ask{method: "POST", path: ana.in("/messages"), token: ana.Token, body: `{"type":"chat","data":[` + deepest + `]}`, wrong: true}).isProblem("bad-request")

	ana.send(`[` + strings.Repeat(`{"type":"chat","data":1},`, 63) + `{"type":"` + strings.Repeat("a", 32) + `","data":1}]`)
	s.do(ask{method: "POST", path: ana.in("/messages"), token: ana.Token, wrong: true, body: ` {"type":"chat","type":"talk","data":{"a":1,"a":2},"unknown":{"x":[1]}} `}).is(http.StatusAccepted)
	s.do(ask{method: "POST", path: ana.in("/messages"), token: ana.Token, body: `{"type":"chat","data":1}`, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}).is(http.StatusAccepted)
	s.do(ask{method: "POST", path: "/rooms", body: `{"room":"made","passcode":"","unknown":1}`, wrong: true}).is(http.StatusCreated)
}

// TestGarbage speaks to the server in something that is hardly HTTP. Whatever it makes of it, it is no fault of its own.
func TestGarbage(t *testing.T) {
	t.Parallel()
	s := start(t)
	long := strings.Repeat("a", 100<<10)
	for name, c := range map[string]struct{ text, answer string }{ // answer: a response of the contract; empty: no error, or none with a body
		"a bad escape":      {"GET /api/v1/rooms/%zz HTTP/1.1\r\nHost: h\r\n\r\n", "BadRequest"},
		"no host":           {"GET /api/v1/rooms/r HTTP/1.1\r\n\r\n", "BadRequest"},
		"a bad header":      {"GET /api/v1/rooms/r HTTP/1.1\r\nHost: h\r\nno header\r\n\r\n", "BadRequest"},
		"a bad length":      {"POST /api/v1/rooms HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "BadRequest"},
		"two lengths":       {"POST /api/v1/rooms HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", "BadRequest"},
		"an unknown coding": {"POST /api/v1/rooms HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: rot13\r\n\r\n{}", "BadRequest"},
		"a bad chunk":       {"POST /api/v1/rooms HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "BadRequest"},
		"a bad method":      {"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", "BadRequest"},
		"a bad version":     {"GET / HTTP/9.9\r\nHost: h\r\n\r\n", "BadRequest"},
		"a huge header":     {"GET / HTTP/1.1\r\nHost: h\r\nX: " + long + "\r\n\r\n", "BadRequest"},
		"a huge path":       {"GET /" + long + " HTTP/1.1\r\nHost: h\r\n\r\n", "BadRequest"},
		"another protocol":  {"\x16\x03\x01\x00\x05hello\r\n\r\n", "BadRequest"},
		"an upgrade":        {"GET /api/v1/rooms/r/events HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "Unauthorized"},
		"a whole address":   {"GET http://other.example/api/v1/rooms/none HTTP/1.1\r\nHost: h\r\n\r\n", "RoomNotFound"},
		"a proxy's request": {"CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n", "NotFound"},
		"no host, HTTP/1.0": {"POST /api/v1/rooms/r/peers HTTP/1.0\r\n\r\n", "BadRequest"},
		"an empty host":     {"POST /api/v1/rooms/r/peers HTTP/1.1\r\nHost:\r\n\r\n", "BadRequest"},
		"a port too high":   {"POST /api/v1/rooms/r/peers HTTP/1.1\r\nHost: x:99999\r\n\r\n", "BadRequest"},
		"port 0":            {"POST /api/v1/rooms HTTP/1.1\r\nHost: 1.2.3.4:0\r\n\r\n", "BadRequest"},
		"half an address":   {"GET /api/v1/ice-servers HTTP/1.1\r\nHost: [::1\r\n\r\n", "BadRequest"},
		"a space in a host": {"POST /api/v1/rooms/r/peers HTTP/1.1\r\nHost: a b\r\n\r\n", "BadRequest"},
		"two dots in one":   {"GET /api/v1/doctor HTTP/1.1\r\nHost: exa_mple..org\r\n\r\n", "BadRequest"},
		"a number too many": {"POST /api/v1/rooms/r/peers HTTP/1.1\r\nHost: 1.2.3.4.5\r\n\r\n", "BadRequest"},
		"an expectation":    {"POST /api/v1/rooms HTTP/1.1\r\nHost: h\r\nExpect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := exchangeRaw(t, s.url, c.text)
			defer response.Body.Close()
			if c.answer != "" {
				contract().Recorder(t, nil).CheckProblem(c.answer, response)
			} else if response.StatusCode >= 500 {
				t.Errorf("status %d", response.StatusCode)
			}
		})
	}
	t.Run("options of the server", func(t *testing.T) {
		t.Parallel()
		response := exchangeRaw(t, s.url, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
		defer response.Body.Close()
		if allow := response.Header.Get("Allow"); response.StatusCode != http.StatusNoContent || !strings.Contains(allow, "DELETE") {
			t.Errorf("status %d, Allow %q", response.StatusCode, allow)
		}
	})
	t.Run("and goes on", func(t *testing.T) {
		t.Parallel()
		s.with(t).do(ask{method: "GET", path: "//healthz"}).is(http.StatusOK)
	})
}

// exchangeRaw sends text as it is and reads one answer; the connection is open until the test ends.
func exchangeRaw(t *testing.T, url, text string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}
