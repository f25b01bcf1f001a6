package certs

import (
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"syscall"
)

// readPair reads a certificate and its key, each by read.
func readPair(certFile, keyFile string, read func(name string) ([]byte, error)) (*tls.Certificate, error) {
	cert, err := read(certFile)
	if err != nil {
		return nil, err
	}
	key, err := read(keyFile)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, explain(certFile, keyFile, cert, key, err)
	}
	return &pair, nil
}

// readRegular reads a regular file alone: of a pipe nobody knows when its writer comes, if ever.
func readRegular(name string) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // without it, to open a pipe waits as well
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return io.ReadAll(file)
}
