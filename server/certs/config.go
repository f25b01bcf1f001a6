// Package certs is where TLS certificates come from: files that somebody else keeps, or a local authority of our own,
// which can vouch for nothing but addresses and names of private networks. Package acme below it asks a public one.
package certs

import (
	"crypto/tls"
	"slices"
	"strings"
)

// A Getter finds the certificate for a handshake; it may be called by many at once.
type Getter = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Config asks get at each handshake, so that a certificate can change while connections last. It offers HTTP/1.1 alone:
// after a path has died silently, requests hang on an HTTP/2 session for many seconds, while HTTP/1.1 takes a new
// connection. Of TLS 1.2 it offers the suites of authenticated encryption with forward secrecy alone (RFC 9325 §4.2), which
// every browser that can call has, and no tickets: whoever gets hold of their key reads what was said under them, for there,
// unlike in TLS 1.3, a session that is taken up again agrees on no new secret.
func Config(get Getter) *tls.Config {
	config := &tls.Config{GetCertificate: get, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12, CipherSuites: suites}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		turn, old := slices.ContainsFunc(hello.SupportedProtos, isSTUN), !slices.Contains(hello.SupportedVersions, tls.VersionTLS13)
		if !turn && !old {
			return nil, nil // this one
		}
		other := config.Clone()
		other.GetConfigForClient = nil
		if turn { // it is the first bytes that tell; without ALPN nobody is refused for it
			other.NextProtos = nil
		}
		other.SessionTicketsDisabled = old
		return other, nil
	}
	return config
}

// isSTUN tells the protocols of RFC 7443, which some TURN clients name.
func isSTUN(protocol string) bool { return strings.HasPrefix(protocol, "stun.") }

var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}
