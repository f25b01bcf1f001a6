package certs

import (
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAPairThatIsRefusedIsExplained has each mistake made at the start, and while a good pair is served.
func TestAPairThatIsRefusedIsExplained(t *testing.T) {
	read := func(file string) []byte {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	certFile, keyFile := pair(t, t.TempDir(), 7)
	otherFile, _ := pair(t, t.TempDir(), 8)
	cert, key, other := read(certFile), read(keyFile), read(otherFile)
	block, _ := pem.Decode(cert)
	inner, _ := pem.Decode(key)
	secret := slices.Clone(inner.Bytes) // as good as encrypted
	slices.Reverse(secret)
	legacy := pem.EncodeToMemory(&pem.Block{Type: inner.Type, Bytes: secret, Headers: map[string]string{
		"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00112233445566778899AABBCCDDEEFF",
	}})
	modern := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: secret})
	mark := []byte("\xef\xbb\xbf")
	for name, c := range map[string]struct {
		cert, key []byte
		said      string
	}{
		"key under a passphrase, of old":    {cert, legacy, "is encrypted, and Yodel wants it without a passphrase"},
		"key under a passphrase, PKCS #8":   {cert, modern, "is encrypted, and Yodel wants it without a passphrase"},
		"chain upside down":                 {slices.Concat(other, cert), key, "the server's own must come first"},
		"certificate in DER":                {block.Bytes, key, "is in DER, and must be PEM"},
		"certificate with a mark":           {slices.Concat(mark, cert), key, "byte order mark"},
		"chain with a mark":                 {slices.Concat(mark, cert, other), key, "byte order mark"},
		"key with a mark":                   {cert, slices.Concat(mark, key), "byte order mark"},
		"certificate that is no PEM":        {[]byte("hello"), key, "cert.pem must be PEM"},
		"empty certificate":                 {nil, key, "cert.pem must be PEM"},
		"key in DER":                        {cert, inner.Bytes, "key.pem must be PEM"},
		"key of another certificate":        {other, key, "private key does not match public key"},
		"certificate and key, interchanged": {key, cert, "PEM inputs may have been switched"},
	} {
		t.Run(name, func(t *testing.T) {
			watched(t, func(t *testing.T, f *Files, out fmt.Stringer) {
				put(t, f.certFile, c.cert)
				put(t, f.keyFile, c.key)
				_, err := OpenFiles(f.certFile, f.keyFile, nil)
				if err == nil || !strings.Contains(err.Error(), c.said) || strings.Contains(err.Error(), "\n") {
					t.Errorf("at the start: %v", err)
				}
				time.Sleep(5 * lookEvery)
				synctest.Wait()
				if served(t, f) != 1 || strings.Count(out.String(), "level=WARN") != 1 || !strings.Contains(out.String(), c.said) {
					t.Errorf("at a reload: %d is served, and said was %s", served(t, f), out)
				}
			})
		})
	}
}
