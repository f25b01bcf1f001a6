//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	relayClient  = "turnutils_uclient" // package coturn
	relayClients = 8
	relayPackets = 4000 // of each client
	relaySize    = 1200 // bytes
)

// relay measures what the TURN server inside relays over TLS for a second of its CPU, driven by coturn's client: each packet
// comes in by one TLS connection and goes out by another.
func (b *bench) relay(ctx context.Context) error {
	if _, err := exec.LookPath(relayClient); err != nil {
		fmt.Fprintf(os.Stderr, "relaying is not measured: %s is not installed (package coturn)\n", relayClient)
		return nil
	}
	s, err := b.start(yodelServer, true)
	if err != nil {
		return err
	}
	for range b.rounds {
		if err = b.relayRound(ctx, s); err != nil {
			break
		}
	}
	return errors.Join(err, s.stop())
}

func (b *bench) relayRound(ctx context.Context, s *server) error {
	user, password, err := turnCredential(ctx, s)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return err
	}
	before, err := cpuTime(s.pid)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, relayClient, "-y", "-t", "-S", "-c", "-n", fmt.Sprint(relayPackets), "-m", fmt.Sprint(relayClients),
		"-l", fmt.Sprint(relaySize), "-z", "0", "-p", port, "-u", user, "-w", password, host).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", relayClient, err, out)
	}
	after, err := cpuTime(s.pid)
	if err != nil {
		return err
	}
	const bytes = relayClients * relayPackets * relaySize
	if !strings.Contains(string(out), fmt.Sprintf("tot_recv_bytes ~ %d", bytes)) {
		return fmt.Errorf("%s: not everything came through\n%s", relayClient, out)
	}
	rate := bytes * 8 / 1e6 / (after - before).Seconds()
	b.note("relay: %.0f Mbit/s per core", rate)
	b.results.add(relayed, yodelServer, rate)
	return nil
}

// turnCredential joins a room and returns what the answer has for TURN.
func turnCredential(ctx context.Context, s *server) (user, password string, err error) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // loopback
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+s.addr+"/api/v1/rooms/relay/peers", nil)
	if err != nil {
		return "", "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	var joined struct {
		IceServers []struct{ Username, Credential string }
	}
	if err := json.NewDecoder(response.Body).Decode(&joined); err != nil {
		return "", "", err
	}
	for _, each := range joined.IceServers {
		if each.Username != "" {
			return each.Username, each.Credential, nil
		}
	}
	return "", "", errors.New("the join answer has no TURN server")
}
