// Package certs is where TLS certificates come from: files that somebody else keeps, or a local authority of our own,
// which can vouch for nothing but addresses and names of private networks. Package acme below it asks a public one.
package certs

import "crypto/tls"

// A Getter finds the certificate for a handshake; it may be called by many at once.
type Getter = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Config asks get at each handshake, so that a certificate can change while connections last. It offers HTTP/1.1 alone:
// after a path has died silently, requests hang on an HTTP/2 session for many seconds, while HTTP/1.1 takes a new
// connection.
func Config(get Getter) *tls.Config {
	return &tls.Config{GetCertificate: get, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
}
