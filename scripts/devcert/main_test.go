package main

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"testing"
)

func TestACertificateIsKeptAsLongAsItFits(t *testing.T) {
	dir := t.TempDir()
	names, addresses := []string{"localhost", "kitchen.local"}, []net.IP{net.IPv4(192, 168, 7, 7)}
	if err := create(dir, names, addresses); err != nil {
		t.Fatal(err)
	}
	cert := filepath.Join(dir, "cert.pem")
	if _, err := tls.LoadX509KeyPair(cert, filepath.Join(dir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	if !fits(cert, names, addresses) {
		t.Error("it does not fit what it was made for")
	}
	if fits(cert, names, append(addresses, net.IPv4(10, 0, 0, 1))) {
		t.Error("it is said to fit an address it does not name")
	}
	if fits(filepath.Join(dir, "none.pem"), names, addresses) {
		t.Error("a missing one is said to fit")
	}
}
