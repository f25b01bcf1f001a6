// Command devcert makes a certificate for this machine's names and addresses, for trying Yodel out on other devices.
// It vouches for itself, so browsers warn. One that still fits is kept.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	life   = 365 * 24 * time.Hour // phones refuse server certificates that live much longer
	spare  = 30 * 24 * time.Hour
	serial = 62 // bits
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "bin/devcert", "where cert.pem and key.pem are kept")
	flag.Parse()
	names, addresses := own()
	if fits(filepath.Join(*dir, "cert.pem"), names, addresses) {
		return
	}
	if err := create(*dir, names, addresses); err != nil {
		log.Fatalf("devcert: %v", err)
	}
}

// own are the names and addresses this machine can be reached by.
func own() (names []string, addresses []net.IP) {
	names = []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "localhost" {
		names = append(names, host, host+".local")
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return names, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	for _, each := range all {
		if network, ok := each.(*net.IPNet); ok {
			addresses = append(addresses, network.IP)
		}
	}
	return names, addresses
}

// fits tells whether the certificate in file is good for all names and addresses, and for a while.
func fits(file string, names []string, addresses []net.IP) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return false
	}
	made, err := x509.ParseCertificate(block.Bytes)
	if err != nil || time.Until(made.NotAfter) < spare {
		return false
	}
	for _, address := range addresses {
		names = append(names, address.String())
	}
	for _, name := range names {
		if made.VerifyHostname(name) != nil {
			return false
		}
	}
	return true
}

func create(dir string, names []string, addresses []net.IP) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serial))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: "Yodel on " + names[len(names)-1]},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life), DNSNames: names, IPAddresses: addresses,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "key.pem"), "PRIVATE KEY", private); err != nil {
		return err
	}
	return write(filepath.Join(dir, "cert.pem"), "CERTIFICATE", certificate)
}

func write(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
