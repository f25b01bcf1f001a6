package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yodel/scripts/faultproxy/fault"
	"yodel/server/doctor"
)

// TestDoctorCommand runs `yodel doctor` as a person would: the words, the JSON, the exit codes.
func TestDoctorCommand(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	secure := strings.Replace(s.url, "http://", "https://", 1)
	off := start(t, "--turn=off")
	for name, c := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"all is well":          {[]string{"--insecure", secure + "/r/kitchen"}, 0, []string{"TURN TLS     works", "Calls get through", "relayed over UDP"}},
		"no relay":             {[]string{off.url}, 0, []string{"TURN TLS     absent", "only within one network", "Ask whoever runs the server"}},
		"untrusted":            {[]string{secure}, 1, []string{"its certificate was issued by", "cannot prove to be the server", "no call gets through"}},
		"the wrong scheme":     {[]string{"https" + strings.TrimPrefix(off.url, "http")}, 1, []string{"write http:// in front of it: " + off.url, "could not be found out"}},
		"nobody there":         {[]string{"http://127.0.0.1:1"}, 1, []string{"nobody listens at port 1", "Ask whoever runs the server"}},
		"wrapped, no scheme":   {[]string{" \u200b“" + strings.TrimPrefix(off.url, "http://") + "/r/kitchen?name=Ann#x”\n"}, 0, []string{"which means " + off.url}},
		"no scheme, HTTPS":     {[]string{"--insecure", "//" + strings.TrimPrefix(s.url, "http://") + "/"}, 0, []string{secure + "\n"}},
		"white space alone":    {[]string{" "}, 2, []string{"not an http or https URL"}},
		"no such port":         {[]string{"call.example.org:99999"}, 2, []string{"no port from 1 to 65535"}},
		"a name with a gap":    {[]string{"call example.org"}, 2, []string{"not an http or https URL"}},
		"no URL":               {nil, 2, []string{"takes one URL"}},
		"two URLs":             {[]string{s.url, s.url}, 2, []string{"takes one URL"}},
		"not a URL":            {[]string{"ftp://call.example.org"}, 2, []string{"not an http or https URL"}},
		"an option it has not": {[]string{"--port=1", s.url}, 2, []string{"port"}},
	} {
		var out bytes.Buffer
		code := run(t.Context(), append([]string{"yodel", "doctor"}, c.args...), &out, &out)
		for _, each := range c.says {
			if code != c.code || !strings.Contains(out.String(), each) {
				t.Errorf("%s: exit code %d, no %q in\n%s", name, code, each, out.String())
			}
		}
	}
	var out bytes.Buffer
	var report doctor.Report
	code := run(t.Context(), []string{"yodel", "doctor", "--json", "--insecure", secure}, &out, io.Discard)
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || code != 0 || report.Verdict.By != doctor.TURNUDP || len(report.Server) == 0 {
		t.Errorf("exit code %d, %v: %s", code, err, &out)
	}
	for _, f := range report.Findings {
		if f.State != doctor.Works || f.DelayMs == nil && f.Way != doctor.SecureOrigin {
			t.Errorf("%+v", f)
		}
	}
	s.isEmpty()
}

// isEmpty fails the test where somebody has a seat.
func (s *server) isEmpty() {
	s.t.Helper()
	if metrics := string(s.do(ask{method: "GET", path: "//metrics"}).is(http.StatusOK).body); !strings.Contains(metrics, "\nyodel_peers 0\n") {
		s.t.Error("somebody was left behind")
	}
}

func examine(t *testing.T, at string, proxy func(*url.URL) (*url.URL, error)) (doctor.Report, map[string]doctor.Finding) {
	t.Helper()
	origin, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	report := doctor.Examine(t.Context(), origin, doctor.Options{Insecure: true, Proxy: proxy, Patience: 3 * time.Second, Log: slog.New(slog.DiscardHandler)})
	found := map[string]doctor.Finding{}
	for _, f := range report.Findings {
		found[f.Way] = f
	}
	return report, found
}

func direct(*url.URL) (*url.URL, error) { return nil, nil }

// TestDoctorAtAnInsecureAddress has a name that is not this machine's, and leads to it all the same.
func TestDoctorAtAnInsecureAddress(t *testing.T) {
	t.Parallel()
	s := start(t, "--turn=off")
	there, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	report, found := examine(t, "http://phone.test", func(*url.URL) (*url.URL, error) { return there, nil })
	if found[doctor.SecureOrigin].State != doctor.Fails || report.Verdict.Code != doctor.SameNetwork || report.Verdict.Shut != string(doctor.Insecure) {
		t.Errorf("%+v, %+v", found[doctor.SecureOrigin], report.Verdict)
	}
	var words strings.Builder
	if err := report.Print(&words); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{
		"secure page  fails", "At this address nobody is seen or heard", "As for the network: Calls get through only within one network",
		"to be seen and heard, open https://phone.test", "--tls=local",
	} {
		if !strings.Contains(words.String(), says) {
			t.Errorf("no %q in\n%s", says, &words)
		}
	}
}

// TestDoctorBehindAProxyThatStores has a proxy between that holds streams back until they end, and passes HTTP alone.
func TestDoctorBehindAProxyThatStores(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, err := fault.Start(fault.Options{Upstream: strings.TrimPrefix(s.url, "http://")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if err := p.SetRules(fault.Rules{Buffer: []fault.Buffer{{Match: fault.Match{Class: []string{fault.Stream}}}}}); err != nil {
		t.Fatal(err)
	}
	report, found := examine(t, "http://"+p.Addr(), direct)
	want := map[string]doctor.State{
		doctor.Page: doctor.Works, doctor.SSE: doctor.Held, doctor.PostStream: doctor.Held, doctor.LongPoll: doctor.Works, doctor.Clock: doctor.Works,
		doctor.STUNUDP: doctor.Fails, doctor.TURNUDP: doctor.Fails, doctor.TURNTCP: doctor.Fails, doctor.TURNTLS: doctor.Absent,
	}
	for way, state := range want {
		if found[way].State != state {
			t.Errorf("%s: %+v", way, found[way])
		}
	}
	if held := found[doctor.SSE].DelayMs; held == nil || *held < 1000 {
		t.Errorf("held for %v", held)
	}
	if v := report.Verdict; v.Code != doctor.MediaBlocked || !slices.Equal(v.Asks, []string{doctor.AskTCP, doctor.AskRelayTLS, doctor.AskStreams}) {
		t.Errorf("%+v", v)
	}
	s.isEmpty()
}

// company is an HTTP proxy that lets CONNECT pass to some hosts, for who knows its password.
type company struct {
	listener net.Listener
	allowed  func(host string) bool
	tunnels  atomic.Int32
	running  sync.WaitGroup
}

func newCompany(t *testing.T, allowed func(host string) bool) *company {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &company{listener: listener, allowed: allowed}
	c.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			c.running.Go(func() { c.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		c.running.Wait()
	})
	return c
}

func (c *company) serve(conn net.Conn) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	user, password, _ := (&http.Request{Header: http.Header{"Authorization": request.Header["Proxy-Authorization"]}}).BasicAuth()
	switch {
	case user != "ann" || password != "edelweiss":
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		return
	case request.Method != http.MethodConnect || !c.allowed(request.Host):
		_, _ = io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		return
	}
	server, err := net.Dial("tcp", request.Host)
	if err != nil {
		return
	}
	defer server.Close()
	c.tunnels.Add(1)
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	done := make(chan struct{})
	go func() { // ends when either side does
		_, _ = io.Copy(server, conn)
		_ = server.Close()
		close(done)
	}()
	_, _ = io.Copy(conn, server)
	_ = conn.Close()
	<-done
}

// TestDoctorThroughCONNECT shows that HTTP and the relay over TCP and TLS go through the proxy, and what it says where that
// refuses.
func TestDoctorThroughCONNECT(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	at := strings.TrimPrefix(s.url, "http://")
	c := newCompany(t, func(host string) bool { return host == at })
	by := func(password string) func(*url.URL) (*url.URL, error) {
		return throughProxy(&url.URL{Scheme: "http", User: url.UserPassword("ann", password), Host: c.listener.Addr().String()})
	}
	report, found := examine(t, "https://"+at, by("edelweiss"))
	if found[doctor.TURNTLS].State != doctor.Works || found[doctor.TURNTCP].State != doctor.Works || c.tunnels.Load() < 5 {
		t.Errorf("%d tunnels, %+v", c.tunnels.Load(), found)
	}
	if strings.Contains(report.Proxy, "edelweiss") || !strings.Contains(report.Proxy, c.listener.Addr().String()) {
		t.Errorf("the proxy is %q", report.Proxy)
	}
	report, found = examine(t, "https://"+at, by("enzian"))
	if report.Verdict.Code != doctor.ProxyBlocked || found[doctor.Page].Note != "the proxy does not take this name and password (407)" {
		t.Errorf("%+v", found[doctor.Page])
	}
	named := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key, "--turn-host="+at) // a relay where the proxy lets nobody go
	elsewhere := strings.TrimPrefix(named.url, "http://")
	d := newCompany(t, func(host string) bool { return host == elsewhere })
	through := throughProxy(&url.URL{Scheme: "http", User: url.UserPassword("ann", "edelweiss"), Host: d.listener.Addr().String()})
	report, found = examine(t, "https://"+elsewhere, through)
	if note := found[doctor.TURNTLS].Note; note != "the proxy refuses CONNECT "+at+" (403)" {
		t.Errorf("%+v", found[doctor.TURNTLS])
	}
	var words bytes.Buffer
	if err := report.Print(&words); err != nil || report.Verdict.Code == doctor.Through && report.Verdict.By != doctor.TURNUDP {
		t.Errorf("%v\n%s", err, &words)
	}
}

func throughProxy(at *url.URL) func(*url.URL) (*url.URL, error) {
	return func(*url.URL) (*url.URL, error) { return at, nil }
}

// TestDoctorWithOneAllocation shows that the ways wait for one another where a peer may have one allocation at a time.
func TestDoctorWithOneAllocation(t *testing.T) {
	t.Parallel()
	s := start(t, "--limit-turn-peer=1")
	if _, found := examine(t, s.url, direct); found[doctor.TURNUDP].State != doctor.Works || found[doctor.TURNTCP].State != doctor.Works {
		t.Errorf("%+v", found)
	}
}
