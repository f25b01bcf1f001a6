package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yodel/server/testlog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair writes a certificate with this serial number, and its key, into dir.
func pair(t *testing.T, dir string, serial int64) (certFile, keyFile string) {
	t.Helper()
	return pairOf(t, dir, serial, time.Now(), 90*24*time.Hour)
}

// pairOf is a pair that lasts so long from the moment given.
func pairOf(t *testing.T, dir string, serial int64, from time.Time, lasts time.Duration) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: from, NotAfter: from.Add(lasts), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	put(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
	return certFile, keyFile
}

// put gives a file another content, as a new file under its name.
func put(t *testing.T, file string, content []byte) {
	t.Helper()
	draft := file + ".new"
	if err := os.WriteFile(draft, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, file); err != nil {
		t.Fatal(err)
	}
}

// logger is a log and what was written to it.
func logger() (*slog.Logger, *testlog.Buffer) {
	out := &testlog.Buffer{}
	return slog.New(slog.NewTextHandler(out, nil)), out
}

// reached is a connection that was made to this address of ours.
type reached struct {
	net.Conn
	addr string
}

func (r reached) LocalAddr() net.Addr {
	addr, err := net.ResolveTCPAddr("tcp", r.addr)
	if err != nil {
		panic(err)
	}
	return addr
}
