package main

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"yodel/server/doctor"
)

// refusing is a TURN server that answers every request with code, over UDP and over TCP at one port.
func refusing(t *testing.T, code stun.ErrorCode) (at string) {
	t.Helper()
	stream, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", stream.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = stream.Close(), packets.Close() })
	go refuse(packets, code)
	go func() {
		for {
			conn, err := stream.Accept()
			if err != nil {
				return
			}
			go func() {
				refuse(turn.NewSTUNConn(conn), code)
				_ = conn.Close()
			}()
		}
	}()
	return stream.Addr().String()
}

func refuse(conn net.PacketConn, code stun.ErrorCode) {
	packet := make([]byte, 1600)
	for {
		n, from, err := conn.ReadFrom(packet)
		if err != nil {
			return
		}
		request := &stun.Message{Raw: packet[:n]}
		if request.Decode() != nil {
			return
		}
		answer, err := stun.Build(request, stun.NewType(request.Type.Method, stun.ClassErrorResponse), &stun.ErrorCodeAttribute{Code: code, Reason: []byte("Sorry\x1b")})
		if err != nil {
			return
		}
		_, _ = conn.WriteTo(answer.Raw, from)
	}
}

func words(t *testing.T, report doctor.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestDoctorTellsRefusalsFromSilence has relays that answer no, by each way and with each kind of code. The network is not
// to blame for that, and nobody is asked to open it.
func TestDoctorTellsRefusalsFromSilence(t *testing.T) {
	t.Parallel()
	for code, says := range map[stun.ErrorCode]string{
		300: "names another server", 400: "does not understand", 401: "does not take the name and password", 403: "forbids it", 437: "older connection",
		438: "nonce", 440: "family", 441: "does not take the name and password", 442: "does not relay UDP", 486: "as many relays are open as it allows; look again in a minute",
		500: "an error of its own", 508: "no room for another relay", 601: "its own words are “Sorry”",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			at := refusing(t, code)
			s := start(t, "--stun-url=stun:"+at, "--turn-secret=edelweiss", "--turn-url=turn:"+at+"?transport=udp", "--turn-url=turn:"+at+"?transport=tcp")
			report, found := examine(t, s.url, direct)
			for _, way := range []string{doctor.STUNUDP, doctor.TURNUDP, doctor.TURNTCP} {
				if f := found[way]; f.State != doctor.Refused || f.Code != int(code) || !strings.Contains(f.Note, says) {
					t.Errorf("%+v", f)
				}
			}
			told := words(t, report)
			if report.Verdict.Code != doctor.RelayRefused || !slices.Equal(report.Verdict.Asks, []string{doctor.AskRefusal}) || strings.Contains(told, "IT department") || strings.Contains(told, "\x1b") {
				t.Errorf("%+v\n%s", report.Verdict, told)
			}
			s.isEmpty()
		})
	}
}

// TestDoctorOfAQuota comes when somebody has all that the relay inside gives out, by every way.
func TestDoctorOfAQuota(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key, "--limit-turn=1")
	ann := s.join("valley", "Ann")
	holder := turnClient(t, ann, "turn:"+strings.TrimPrefix(s.url, "http://")+"?transport=udp")
	for deadline := time.Now().Add(patience); ; { // the self-test may hold it
		if end, err := holder.Allocate(); err == nil {
			t.Cleanup(func() { _ = end.Close() })
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	report, found := examine(t, strings.Replace(s.url, "http:", "https:", 1), direct)
	for _, way := range []string{doctor.TURNUDP, doctor.TURNTCP, doctor.TURNTLS} {
		if f := found[way]; f.State != doctor.Refused || f.Code != 486 {
			t.Errorf("%+v", f)
		}
	}
	if v := report.Verdict; v.Code != doctor.DirectOnly || !slices.Equal(v.Asks, []string{doctor.AskRefusal}) {
		t.Errorf("%+v", v)
	}
}

// TestDoctorOfNoSeat: where the server lets nobody into a room, that is not the network's fault either.
func TestDoctorOfNoSeat(t *testing.T) {
	t.Parallel()
	s := start(t, "--limit-joins=0.001", "--limit-joins-burst=1")
	_, _ = examine(t, s.url, direct)
	report, found := examine(t, s.url, direct)
	if f := found[doctor.TURNTCP]; f.State != doctor.Refused || f.Reason != doctor.NoSeat || !strings.Contains(f.Note, "(429)") || f.URL == "" {
		t.Errorf("%+v", f)
	}
	if told := words(t, report); found[doctor.TURNTLS].State != doctor.Absent || strings.Contains(told, "IT department") {
		t.Error(told)
	}
	few := start(t, "--limit-probes=0.001", "--limit-probes-burst=1")
	if told := words(t, first(examine(t, few.url, direct))); !strings.Contains(told, "too many checks from this address (429)") || !strings.Contains(told, "look again in a minute") || strings.Contains(told, "IT department") {
		t.Error(told)
	}
}

func first[A, B any](a A, _ B) A { return a }

// attended is a port at which serve is given each connection, until the test ends.
func attended(t *testing.T, secure *tls.Config, serve func(net.Conn)) (at string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	if at = listener.Addr().String(); secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return at
}

// elsewhere is something at a port that is no relay: once asked it says words, if it has any, and hangs up after them.
func elsewhere(t *testing.T, secure *tls.Config, words string) (at string) {
	t.Helper()
	return attended(t, secure, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1600))
		if words == "" {
			_, _ = io.Copy(io.Discard, conn)
		}
		_, _ = io.WriteString(conn, words)
	})
}

// TestDoctorOfSomethingElseThanARelay has a web server where the relay should be, as a proxy is that looks into TLS; one
// that says nothing; and a UDP port where nobody is.
func TestDoctorOfSomethingElseThanARelay(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(web.Close)
	const bad = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
	silent, answers := elsewhere(t, nil, ""), elsewhere(t, web.TLS, bad)
	s := start(t, "--turn-secret=edelweiss", "--turn-url=turn:"+silent+"?transport=tcp", "--turn-url=turns:"+answers+"?transport=tcp", "--turn-url=turn:"+silent+"?transport=udp")
	report, found := examine(t, s.url, direct)
	for way, want := range map[string]struct {
		reason doctor.Reason
		says   string
	}{
		doctor.TURNTCP: {doctor.NoAnswer, "the connection opens, but no relay answers"}, doctor.TURNTLS: {doctor.NotTURN, "a proxy that looks into connections"}, doctor.TURNUDP: {doctor.NobodyThere, "nobody listens"},
	} {
		if f := found[way]; f.State != doctor.Fails || f.Reason != want.reason || !strings.Contains(f.Note, want.says) {
			t.Errorf("%+v", f)
		}
	}
	if report.Verdict.Code != doctor.MediaBlocked {
		t.Errorf("%+v", report.Verdict)
	}
}

// TestDoctorOfAServerThatStops has it gone as soon as it has greeted: that is what is told, and nobody is asked to allow
// anything.
func TestDoctorOfAServerThatStops(t *testing.T) {
	t.Parallel()
	s := start(t)
	to, _ := url.Parse(s.url)
	forward := httputil.NewSingleHostReverseProxy(to)
	var front *httptest.Server
	front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/doctor" {
			_ = front.Listener.Close()
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Connection", "close")
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	report, found := examine(t, front.URL, direct)
	if f := found[doctor.Page]; f.State != doctor.Fails || f.Reason != doctor.WentAway || report.Verdict.Code != doctor.ServerGone {
		t.Errorf("%+v, %+v", f, report.Verdict)
	}
	if told := words(t, report); !strings.Contains(told, "it answered at first, and then no more: turned away: nobody listens at port") || strings.Contains(told, "IT department") {
		t.Error(told)
	}
}

// TestDoctorFollows goes where an address sends on to, and looks at what is there.
func TestDoctorFollows(t *testing.T) {
	t.Parallel()
	s := start(t)
	old := httptest.NewServer(http.RedirectHandler(s.url+"/api/v1/doctor", http.StatusPermanentRedirect))
	t.Cleanup(old.Close)
	report, found := examine(t, old.URL, direct)
	if report.Verdict.Code != doctor.Through || report.URL != s.url || report.Asked != old.URL || found[doctor.PostStream].State != doctor.Works {
		t.Errorf("%+v", report)
	}
}

// socks is a SOCKS5 proxy (RFC 1928) that asks nothing and connects to whatever it is told.
func socks(t *testing.T) (at string) {
	t.Helper()
	return attended(t, nil, func(conn net.Conn) { _ = passOn(conn) })
}

func passOn(conn net.Conn) error {
	hello := make([]byte, 2)
	if _, err := io.ReadFull(conn, hello); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, conn, int64(hello[1])); err != nil {
		return err
	}
	request := make([]byte, 10) // version, CONNECT, reserved, IPv4, four bytes of address, two of port
	if _, err := conn.Write([]byte{5, 0}); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, request); err != nil || request[3] != 1 {
		return errors.Join(err, errors.ErrUnsupported)
	}
	to, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: request[4:8], Port: int(binary.BigEndian.Uint16(request[8:]))})
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(to, conn)
		_ = to.Close()
	}()
	_, err = io.Copy(conn, to)
	return err
}

// TestDoctorThroughSOCKS shows that a SOCKS proxy carries HTTP and the relay over TCP and TLS.
func TestDoctorThroughSOCKS(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	report, found := examine(t, strings.Replace(s.url, "http:", "https:", 1), throughProxy(&url.URL{Scheme: "socks5", Host: socks(t)}))
	for _, way := range []string{doctor.Page, doctor.SSE, doctor.PostStream, doctor.LongPoll, doctor.TURNTCP, doctor.TURNTLS} {
		if found[way].State != doctor.Works {
			t.Errorf("%+v", found[way])
		}
	}
	if !strings.Contains(words(t, report), "through the proxy socks5://") {
		t.Error(words(t, report))
	}
}

// TestDoctorOfARelayThatIsNotThere: whoever runs the server is asked, too, where nobody listens at the relay it names, or
// its name leads nowhere.
func TestDoctorOfARelayThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{
		"another relay":  {"--turn-url=turn:127.0.0.1:1?transport=udp", "--turn-secret=edelweiss"},
		"its own":        {"--turn-host=127.0.0.1:1"},
		"an unknown one": {"--public-url=http://nobody.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, _ := examine(t, start(t, flags...).url, direct)
			told := words(t, report)
			if report.Verdict.Code != doctor.MediaBlocked || report.Verdict.Asks[0] != doctor.AskRelayThere || !strings.Contains(told, "is the relay where the server says") || strings.Contains(told, "do without") {
				t.Errorf("%+v\n%s", report.Verdict, told)
			}
		})
	}
}
