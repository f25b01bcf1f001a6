package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

// explain finds a sentence that helps for a pair that crypto/tls refused with err. It looks at the files themselves, in
// the order in which one mistake hides another.
func explain(certFile, keyFile string, cert, key []byte, err error) error {
	for i, content := range [][]byte{cert, key} {
		if startsWithMark(content) {
			return fmt.Errorf("%s begins with a byte order mark: save it as plain text without one", []string{certFile, keyFile}[i])
		}
	}
	if block, _ := pem.Decode(cert); block == nil {
		if _, err := x509.ParseCertificates(cert); err == nil && len(cert) > 0 {
			return fmt.Errorf("%s is in DER, and must be PEM: openssl x509 -inform der -in FILE -out cert.pem makes it so", certFile)
		}
		return fmt.Errorf("%s must be PEM: text with a line -----BEGIN CERTIFICATE-----", certFile)
	}
	if block, _ := pem.Decode(key); block == nil {
		return fmt.Errorf("%s must be PEM: text with a line -----BEGIN PRIVATE KEY-----", keyFile)
	}
	if encrypted(key) {
		return fmt.Errorf("the private key in %s is encrypted, and Yodel wants it without a passphrase: openssl pkey -in FILE -out key.pem makes it so", keyFile)
	}
	if fitsLater(cert, key) {
		return fmt.Errorf("the certificates in %s are in the wrong order: the server's own must come first, then those that vouch for it", certFile)
	}
	return err
}

// startsWithMark tells what some editors put before a text: as UTF-8, or as either order of UTF-16.
func startsWithMark(content []byte) bool {
	for _, mark := range []string{"\xef\xbb\xbf", "\xfe\xff", "\xff\xfe"} {
		if bytes.HasPrefix(content, []byte(mark)) {
			return true
		}
	}
	return false
}

// encrypted says whether the first private key, which is the one that counts, is under a passphrase: by PKCS #8, or as
// OpenSSL did it before (RFC 1421 §4.6.1.3).
func encrypted(key []byte) bool {
	for block, rest := pem.Decode(key); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != ""
		}
	}
	return false
}

// fitsLater says whether the key is that of a certificate after the first.
func fitsLater(cert, key []byte) bool {
	for block, rest := pem.Decode(cert); block != nil; block, rest = pem.Decode(rest) {
		if _, err := tls.X509KeyPair(pem.EncodeToMemory(block), key); err == nil {
			return true
		}
	}
	return false
}
