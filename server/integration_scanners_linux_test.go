package main

import (
	"crypto/rand"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// garbage is what scanners send to an unknown port.
var garbage = []string{
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", // a TLS record that never ends
	"\x00\x01\x00\x08\x21\x12\xa4\x42 half a STUN message",
	"\x00\x01\x02\x03\x04\x05\x06\x07\x08",
	"SSH-2.0-OpenSSH_9.2\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\nX: ",
	"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8",
	"OPTIONS sip:nm SIP/2.0\r\n\r\n",
	"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00", // RDP
}

// TestScannersCostLittle has 5,000 connections say nothing and 5,000 say something senseless, while two people talk and
// have media relayed. Nobody waits for it, and after a while all of them are gone.
func TestScannersCostLittle(t *testing.T) {
	const each = 5000
	t.Parallel()
	needDescriptors(t, 2*each+500)
	cert, key, _ := certificate(t)
	s, _ := startProgram(t, "none", "--tls=files", "--tls-cert="+cert, "--tls-key="+key, "--limits=off", "--heartbeat=1h")
	ana, bob := s.join("r", "Ana"), s.join("r", "Bob")
	heard := bob.stream(listenAfter{after: bob.LastEventID})
	at := s.url[strings.LastIndex(s.url, "/")+1:]
	a, b := relayed(t, ana, "turn:"+at+"?transport=tcp"), relayed(t, bob, "turn:"+at+"?transport=udp")
	before := s.gauge("go_goroutines")

	var worst time.Duration
	talk := func() {
		t.Helper()
		began := time.Now()
		id := ana.send(object{"type": "word", "data": 1})[0]
		for e := range heard.events {
			if e.ID == id {
				break
			}
		}
		relays(t, a, b)
		worst = max(worst, time.Since(began))
	}
	for i := range 2 * each {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if i%2 == 1 {
			_, _ = io.WriteString(conn, garbage[i/2%len(garbage)]) // it may have been closed already
		}
		if i%100 == 0 {
			talk()
		}
	}
	t.Logf("while they came, a message and a relayed packet took %v at most; %d goroutines with them, %d before", worst.Round(time.Millisecond), s.gauge("go_goroutines"), before)
	if worst > 5*time.Second {
		t.Errorf("somebody waited for %v", worst)
	}
	for deadline := time.Now().Add(time.Minute); s.gauge("go_goroutines") > before+50; time.Sleep(time.Second) { // another process's clock
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left, before there were %d", s.gauge("go_goroutines"), before)
		}
		talk()
	}
}

// relays sends a packet from one relayed address to the other.
func relays(t *testing.T, a, b net.PacketConn) {
	t.Helper()
	word := []byte("packet " + rand.Text())
	if _, err := a.WriteTo(word, b.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	_ = b.SetReadDeadline(time.Now().Add(patience))
	var data [100]byte
	if n, _, err := b.ReadFrom(data[:]); err != nil || string(data[:n]) != string(word) {
		t.Fatalf("heard %q, %v", data[:n], err)
	}
}

func needDescriptors(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max < n {
		t.Fatalf("needs %d file descriptors, and %d are allowed: raise the hard limit (ulimit -Hn)", n, limit.Max)
	}
}

// TestCoturnsClient has a foreign TURN client, coturn's, relay between two allocations by UDP, TCP and TLS, which also asks
// for an even port and binds channels, and its STUN client look for its address.
func TestCoturnsClient(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"turnutils_uclient", "turnutils_stunclient"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed: package coturn", tool)
		}
	}
	cert, key, _ := certificate(t)
	s := start(t, "--tls=files", "--tls-cert="+cert, "--tls-key="+key)
	host, port, err := net.SplitHostPort(s.url[strings.LastIndex(s.url, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	given := s.join("r", "Ana").IceServers[1]
	for name, flags := range map[string][]string{"udp": nil, "tcp": {"-t"}, "tls": {"-t", "-S"}} {
		args := append(flags, "-y", "-c", "-n", "100", "-m", "2", "-l", "500", "-z", "5", "-p", port, "-u", given.Username, "-w", given.Credential, host)
		out, err := exec.CommandContext(t.Context(), "turnutils_uclient", args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "tot_recv_bytes ~ 100000") || !strings.Contains(string(out), "Total lost packets 0 ") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "turnutils_stunclient", "-p", port, host).CombinedOutput(); err != nil || !strings.Contains(string(out), "UDP reflexive addr: 127.0.0.1:") {
		t.Errorf("STUN: %v\n%s", err, out)
	}
}
