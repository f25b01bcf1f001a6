package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// explain finds words for an error that came on the way to host:port.
func explain(err error, host string) *failure {
	var known *failure
	var op *net.OpError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &op) && op.Op == "proxyconnect": // of net/http
		return fail(ProxyAway, err, "the proxy cannot be reached: %s", explainNetwork(op.Err, "").says)
	case errors.As(err, &op) && strings.HasPrefix(op.Op, "socks"):
		return fail(ProxyRefuses, err, "the SOCKS proxy does not let %s through: it refuses, cannot reach it, or wants another name and password", host)
	}
	return explainNetwork(err, host)
}

func explainNetwork(err error, host string) *failure {
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fail(UnknownName, err, "the name %s is not known here", dns.Name)
	case errors.As(err, &dns):
		return fail(UnknownName, err, "the name %s cannot be looked up: no name server answers", dns.Name)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fail(NoAnswer, err, "no answer")
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(NobodyThere, err, "%s", atPort(host))
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return fail(NoRoute, err, "no way leads there from this machine")
	}
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return fail(NoRoute, err, "this machine's own firewall does not let it out")
	}
	if f := explainTLS(err); f != nil {
		return f
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return fail(Cut, err, "the connection is cut off before an answer comes")
	}
	return fail(NotHTTP, err, "something answers there that is no web server")
}

func atPort(host string) string {
	if _, port, err := net.SplitHostPort(host); err == nil {
		return "turned away: nobody listens at port " + port
	}
	return "turned away: nobody listens there"
}

// explainTLS is nil where the error is not of TLS.
func explainTLS(err error) *failure {
	var untrusted x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		return fail(SpeaksHTTP, err, "that port speaks plain HTTP, not HTTPS")
	case errors.As(err, &record):
		return fail(NoTLS, err, "that port does not speak TLS")
	case errors.As(err, &alert):
		return fail(NoTLS, err, "the two could not agree on TLS")
	case errors.As(err, &name):
		return explainName(err, name)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return explainTimes(err, invalid.Cert)
	case errors.As(err, &untrusted) && untrusted.Cert != nil:
		return fail(Untrusted, err, "its certificate was issued by “%s”, which is not trusted here", issuerOf(untrusted.Cert))
	case errors.As(err, &untrusted), errors.As(err, &certificate):
		return fail(Untrusted, err, "its certificate is not trusted here")
	}
	return nil
}

func explainName(err error, name x509.HostnameError) *failure {
	names, issuer := namesOf(name.Certificate), issuerOf(name.Certificate)
	if names == name.Host { // an IP address among the names, as some proxies write it
		return fail(WrongName, err, "its certificate, issued by “%s”, has %s where a name should be, which clients do not take", issuer, names)
	}
	return fail(WrongName, err, "its certificate, issued by “%s”, is for %s, not for %s", issuer, names, name.Host)
}

func explainTimes(err error, cert *x509.Certificate) *failure {
	if time.Now().Before(cert.NotBefore) {
		return fail(NotYetValid, err, "its certificate is valid only from %s on", cert.NotBefore.UTC().Format(time.DateTime+" MST"))
	}
	return fail(Expired, err, "its certificate expired on %s", cert.NotAfter.UTC().Format(time.DateTime+" MST"))
}

func issuerOf(cert *x509.Certificate) string {
	for _, name := range append([]string{cert.Issuer.CommonName}, cert.Issuer.Organization...) {
		if name != "" {
			return printable(name)
		}
	}
	return "nobody by name"
}

// namesOf are those that a certificate is for, or the first of many.
func namesOf(cert *x509.Certificate) string {
	names := append([]string{}, cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no name at all"
	case len(names) > 3:
		names = append(names[:3], "others")
	}
	return printable(strings.Join(names, ", "))
}

// printable is a stranger's text without what would move the cursor of a terminal.
func printable(text string) string {
	const most = 80
	runes := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, text))
	return string(runes[:min(len(runes), most)])
}
