package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/turn/v5"
)

type iceServer struct {
	URLs                 []string
	Username, Credential string
}

// TestICEServersAreTheWayTheClientCame shows the list that browsers get: short, in order, by the host and port of the
// request, and TLS only where the request came over it.
func TestICEServersAreTheWayTheClientCame(t *testing.T) {
	t.Parallel()
	s := start(t, "--trusted-proxies=127.0.0.1")
	port := s.url[strings.LastIndex(s.url, ":"):]
	behind := map[string]string{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "call.example.org"}
	for name, c := range map[string]struct {
		header map[string]string
		flags  []string
		want   []string
	}{
		"behind a proxy, on our own port": {behind, nil, []string{"stun:call.example.org" + port, "turn:call.example.org" + port + "?transport=udp", "turn:call.example.org" + port + "?transport=tcp"}},
		"behind two proxies": {map[string]string{"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "call.example.org, inner.example.org"}, nil, []string{
			"stun:call.example.org" + port, "turn:call.example.org" + port + "?transport=udp", "turn:call.example.org" + port + "?transport=tcp"}},
		"behind one that says nonsense": {map[string]string{"X-Forwarded-Host": `x"y`}, nil, []string{
			"stun:127.0.0.1" + port, "turn:127.0.0.1" + port + "?transport=udp", "turn:127.0.0.1" + port + "?transport=tcp"}},
	} {
		body := decoded[struct{ ICEServers []iceServer }](s.do(ask{method: "POST", path: "/rooms/r/peers", body: object{}, header: c.header}).is(http.StatusCreated))
		if got := urlsOf(body.ICEServers); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	direct := start(t)
	at := strings.TrimPrefix(direct.url, "http://")
	ana := direct.joinWith("r", object{})
	list := decoded[struct{ ICEServers []iceServer }](ana.server.get("/ice-servers", ana.Token).is(http.StatusOK)).ICEServers
	if want := []string{"stun:" + at, "turn:" + at + "?transport=udp", "turn:" + at + "?transport=tcp"}; !slices.Equal(urlsOf(list), want) {
		t.Errorf("direct: %q", urlsOf(list))
	}
	nobody := decoded[struct{ ICEServers []iceServer }](direct.get("/ice-servers", "").is(http.StatusOK)).ICEServers
	if len(nobody) != 1 || nobody[0].Username != "" || len(nobody[0].URLs) != 1 {
		t.Errorf("nobody in particular: %+v", nobody)
	}
	named := start(t, "--turn-host=turn.example.org:3478")
	bob := named.joinWith("r", object{})
	list = decoded[struct{ ICEServers []iceServer }](named.get("/ice-servers", bob.Token).is(http.StatusOK)).ICEServers
	if got := urlsOf(list); got[0] != "stun:turn.example.org:3478" {
		t.Errorf("with --turn-host: %q", got)
	}
	off := start(t, "--turn=off")
	cy := off.joinWith("r", object{})
	if list := decoded[struct{ ICEServers []iceServer }](off.get("/ice-servers", cy.Token).is(http.StatusOK)).ICEServers; len(list) != 0 {
		t.Errorf("with --turn=off: %+v", list)
	}
}

func urlsOf(servers []iceServer) []string {
	var urls []string
	for _, each := range servers {
		urls = append(urls, each.URLs...)
	}
	return urls
}

// TestTURNOnTheOnePort has two peers relay to each other by each URL of their list, over TLS too, and shows that leaving
// ends it.
func TestTURNOnTheOnePort(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	at := s.url[strings.LastIndex(s.url, "/")+1:]
	ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
	for _, url := range []string{"turn:" + at + "?transport=udp", "turns:" + at + "?transport=tcp", "turn:" + at + "?transport=tcp"} {
		a, b := relayed(t, ana, url), relayed(t, bob, url)
		for _, way := range [][2]net.PacketConn{{a, b}, {b, a}} {
			if _, err := way[0].WriteTo([]byte("hello over "+url), way[1].LocalAddr()); err != nil {
				t.Fatalf("%s: %v", url, err)
			}
		}
		var heard [200]byte
		_ = a.SetReadDeadline(time.Now().Add(patience))
		n, _, err := a.ReadFrom(heard[:])
		if err != nil || string(heard[:n]) != "hello over "+url {
			t.Errorf("%s: heard %q, %v", url, heard[:n], err)
		}
	}
	s.awaitGauge("yodel_turn_allocations", 6) // the test of itself at the start may have some, too
	if metrics := string(s.do(ask{method: "GET", path: "//metrics"}).is(http.StatusOK).body); !strings.Contains(metrics, `yodel_turn_refused_total{reason="outside"} 0`) {
		t.Error("the metrics do not tell of refusals")
	}
	bob.leave()
	s.awaitGauge("yodel_turn_allocations", 3)
	if _, err := turnClient(t, bob, "turn:"+at+"?transport=udp").Allocate(); err == nil {
		t.Error("who has left allocates")
	}
}

// TestRelayingNeedsASeat: with the lease goes what is relayed, and whoever comes back relays with what it was given before.
func TestRelayingNeedsASeat(t *testing.T) {
	t.Parallel()
	s := start(t, "--lease=1s", "--token-life=1h")
	at := s.url[strings.LastIndex(s.url, "/")+1:]
	bob := s.join("r", "Bob")
	relayed(t, bob, "turn:"+at+"?transport=udp")
	relayed(t, bob, "turn:"+at+"?transport=tcp")
	s.awaitGauge("yodel_turn_allocations", 0)
	if _, err := turnClient(t, bob, "turn:"+at+"?transport=udp").Allocate(); err == nil {
		t.Error("who is not in the room allocates")
	}
	bob.server.get("/ice-servers", bob.Token).is(http.StatusOK)
	relayed(t, bob, "turn:"+at+"?transport=tcp")
}

// relayed is a relayed address of a peer, with a permission for the only other address there is.
func relayed(t *testing.T, m *member, url string) net.PacketConn {
	t.Helper()
	c := turnClient(t, m, url)
	end, err := c.Allocate()
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	t.Cleanup(func() { _ = end.Close() })
	if err := c.CreatePermission(end.LocalAddr()); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return end
}

// turnClient is one with what m was given when it joined.
func turnClient(t *testing.T, m *member, url string) *turn.Client {
	t.Helper()
	scheme, rest, _ := strings.Cut(url, ":")
	server, transport, _ := strings.Cut(rest, "?transport=")
	var conn net.PacketConn
	var err error
	if transport == "udp" {
		conn, err = net.ListenPacket("udp4", "127.0.0.1:0")
	} else {
		var stream net.Conn
		if scheme == "turns" {
			stream, err = tls.Dial("tcp", server, &tls.Config{InsecureSkipVerify: true})
		} else {
			stream, err = net.Dial("tcp", server)
		}
		if err == nil {
			conn = turn.NewSTUNConn(stream)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	given := m.IceServers[len(m.IceServers)-1]
	c, err := turn.NewClient(&turn.ClientConfig{Conn: conn, STUNServerAddr: server, TURNServerAddr: server, Username: given.Username, Password: given.Credential})
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	if err := c.Listen(); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	t.Cleanup(func() { c.Close(); _ = conn.Close() })
	return c
}
