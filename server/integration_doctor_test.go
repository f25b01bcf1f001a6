package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

type doctorShape struct {
	Version string
	At      time.Time
	Client  struct{ Address string }
	Request struct {
		Scheme, Host, HTTPVersion       string
		SecureOrigin, TLS, TrustedProxy bool
		ForwardingHeaders               []string
	}
	TLSMode string
	Relay   struct {
		State    string
		URLs     []struct{ Way, URL string }
		SelfTest *struct {
			At   time.Time
			Ways []struct {
				Way, Reason string
				Works       bool
			}
			Outside *struct {
				Verified bool
				Reason   string
			}
		}
	}
	Limits struct{ RelayBytesPerSecond int64 }
}

func (s *server) doctor(header map[string]string) doctorShape {
	s.t.Helper()
	return decoded[doctorShape](s.do(ask{method: "GET", path: "/doctor", header: header}).is(http.StatusOK))
}

// TestDoctorTellsOfTheRelay shows that the result of the self-test is kept, by way, and that URLs come without secrets.
func TestDoctorTellsOfTheRelay(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key, "--limit-probes=10000", "--limit-probes-burst=100000")
	told, works := s.selfTested()
	if want := []string{"turn-udp", "turn-tcp", "turn-tls"}; !slices.Equal(works, want) || told.Relay.SelfTest.Outside != nil {
		t.Errorf("the self-test: %+v", told.Relay.SelfTest)
	}
	if told.Version == "" || time.Since(told.At) > patience || told.TLSMode != "files" || told.Relay.State != "inside" || told.Limits.RelayBytesPerSecond != 4<<20 {
		t.Errorf("%+v", told)
	}
	at := s.url[strings.LastIndex(s.url, "/")+1:]
	if told.Client.Address != "127.0.0.1" || told.Request.Host != at || told.Request.Scheme != "http" || !told.Request.SecureOrigin {
		t.Errorf("%+v", told.Request)
	}
	if len(told.Relay.URLs) == 0 || told.Relay.URLs[0].Way != "stun-udp" || told.Relay.URLs[0].URL != "stun:"+at {
		t.Errorf("%+v", told.Relay.URLs)
	}
	if raw := string(s.get("/doctor", "").body); strings.Contains(raw, "redential") || strings.Contains(raw, "nobody") {
		t.Error(raw)
	}
	off := start(t, "--turn=off").doctor(nil)
	if off.Relay.State != "off" || len(off.Relay.URLs) != 0 || off.Relay.SelfTest != nil {
		t.Errorf("with --turn=off: %+v", off.Relay)
	}
}

// selfTested waits for the self-test, and tells which ways it found to work.
func (s *server) selfTested() (told doctorShape, works []string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); told.Relay.SelfTest == nil; told = s.doctor(nil) {
		if time.Now().After(deadline) {
			s.t.Fatal("no self-test")
		}
		time.Sleep(time.Millisecond)
	}
	for _, tried := range told.Relay.SelfTest.Ways {
		if tried.Works && tried.Reason == "" {
			works = append(works, tried.Way)
		}
	}
	return told, works
}

// TestDoctorVouchesForNoAddress that is somebody else's, and the quotas of peers are not for the self-test.
func TestDoctorVouchesForNoAddress(t *testing.T) {
	t.Parallel()
	s := start(t, "--turn-relay=external", "--turn-relay-address=198.51.100.7", "--turn-relay-ports=23500-23599", "--limit-turn=1", "--limit-turn-peer=1",
		"--limit-probes=10000", "--limit-probes-burst=100000")
	told, works := s.selfTested()
	if want := []string{"turn-udp", "turn-tcp"}; !slices.Equal(works, want) {
		t.Errorf("the self-test: %+v", told.Relay.SelfTest)
	}
	if outside := told.Relay.SelfTest.Outside; outside == nil || outside.Verified || outside.Reason == "" {
		t.Errorf("relaying outside: %+v", outside)
	}
	if log := s.log.String(); !strings.Contains(log, "relaying outside not verified: 198.51.100.7: ") || strings.Contains(log, "self-test passed") {
		t.Error(log)
	}
}

// TestDoctorTellsOfProxies shows what it makes of forwarding headers, believed and not.
func TestDoctorTellsOfProxies(t *testing.T) {
	t.Parallel()
	header := map[string]string{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "call.example.org", "Via": "1.1 squid"}
	trusting := start(t, "--trusted-proxies=127.0.0.1").doctor(header)
	if r := trusting.Request; trusting.Client.Address != "192.0.2.1" || r.Scheme != "https" || r.Host != "call.example.org" || !r.SecureOrigin || r.TLS || !r.TrustedProxy || len(r.ForwardingHeaders) != 4 {
		t.Errorf("%+v", trusting)
	}
	wary := start(t).doctor(header)
	if r := wary.Request; wary.Client.Address != "127.0.0.1" || r.Scheme != "http" || r.TrustedProxy || len(r.ForwardingHeaders) != 4 {
		t.Errorf("%+v", wary)
	}
}

// TestDoctorTellsOfSecureOrigins holds secureOrigin to what the browser at the other end makes of its address: behind a
// proxy that has put 127.0.0.1 for the name it was asked by, that is not what we see.
func TestDoctorTellsOfSecureOrigins(t *testing.T) {
	t.Parallel()
	type header = map[string]string
	behind, bare := start(t, "--trusted-proxies=127.0.0.1"), start(t)
	for name, c := range map[string]struct {
		of     *server
		header header
		secure bool
	}{
		"no proxy, 127.0.0.1":                          {bare, nil, true},
		"a proxy that says nothing":                    {behind, nil, false},
		"a proxy that names the client alone":          {behind, header{"X-Forwarded-For": "192.0.2.1"}, false},
		"a proxy that names plain HTTP":                {behind, header{"X-Forwarded-Proto": "http"}, false},
		"a proxy that names HTTPS":                     {behind, header{"X-Forwarded-Proto": "https"}, true},
		"a proxy that names another host":              {behind, header{"X-Forwarded-Host": "call.example.org"}, false},
		"a proxy that names this machine":              {behind, header{"X-Forwarded-Host": "localhost:5173"}, true},
		"a proxy that names its IPv6 address":          {behind, header{"X-Forwarded-Host": "[::1]:5173"}, true},
		"a proxy that says nothing, a browser does":    {behind, header{"Sec-Fetch-Site": "same-origin"}, true},
		"no proxy of ours, whatever somebody forwards": {bare, header{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "call.example.org"}, true},
	} {
		if told := c.of.doctor(c.header).Request; told.SecureOrigin != c.secure {
			t.Errorf("%s: %+v", name, told)
		}
	}
}

// TestDoctorsStreams holds a probe's answers to the contract, each way.
func TestDoctorsStreams(t *testing.T) {
	t.Parallel()
	s := start(t, "--limit-probes=0.1", "--limit-probes-burst=4")
	for _, method := range []string{"GET", "POST"} {
		response, err := s.client.Do(s.request(t.Context(), ask{method: method, path: "/doctor/events", header: map[string]string{"Accept": "text/event-stream"}}))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if got := strings.Count(string(body), "event:heartbeat"); err != nil || got != 5 {
			t.Errorf("%s: %d heartbeats, %v", method, got, err)
		}
		s.do(ask{method: method, path: "/doctor/events?waitSeconds=0"}).is(http.StatusOK)
	}
	if p := s.get("/doctor", "").isProblem("too-many-probes"); p.Code == "" {
		t.Error("no limit")
	}
}
