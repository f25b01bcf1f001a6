package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// ProxyFromEnvironment goes by HTTPS_PROXY, HTTP_PROXY and NO_PROXY and, where the first two say nothing, by ALL_PROXY;
// in capitals or not. As everywhere, this machine itself is reached without.
func ProxyFromEnvironment() func(*url.URL) (*url.URL, error) {
	config := httpproxy.FromEnvironment()
	all := os.Getenv("ALL_PROXY")
	if all == "" {
		all = os.Getenv("all_proxy")
	}
	if config.HTTPSProxy == "" {
		config.HTTPSProxy = all
	}
	if config.HTTPProxy == "" {
		config.HTTPProxy = all
	}
	return config.ProxyFunc()
}

// proxyFor is the proxy for a URL, nil for none.
func (x *examination) proxyFor(u *url.URL) (*url.URL, error) {
	by, err := x.Proxy(u)
	switch {
	case err != nil: // which may show the password
		return nil, fail(ProxySetting, nil, "the proxy's URL in the environment (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) cannot be read")
	case by != nil && by.Scheme != "http" && by.Scheme != "https" && by.Scheme != "socks5" && by.Scheme != "socks5h":
		return nil, fail(ProxySetting, nil, "a proxy of the kind %s: is not one that the doctor can use; http:, https: and socks5: are", by.Scheme)
	}
	return by, nil
}

// proxyName is the proxy that the server is reached by, without its password; "" for none.
func (x *examination) proxyName() string {
	by, err := x.Proxy(x.origin)
	if err != nil || by == nil {
		return ""
	}
	return by.Redacted()
}

// dialTCP reaches host:port as a browser does for TURN: through the proxy for an HTTPS page of that host.
func (x *examination) dialTCP(ctx context.Context, host string, secure bool) (net.Conn, error) {
	by, err := x.proxyFor(&url.URL{Scheme: "https", Host: host})
	if err != nil {
		return nil, err
	}
	conn, err := x.dialThrough(ctx, by, host)
	if err != nil || !secure {
		return conn, err
	}
	name, _, _ := net.SplitHostPort(host)
	wrapped := tls.Client(conn, &tls.Config{ServerName: name, InsecureSkipVerify: x.Insecure})
	if err := wrapped.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return wrapped, nil
}

func (x *examination) dialThrough(ctx context.Context, by *url.URL, host string) (net.Conn, error) {
	if by == nil {
		return (&net.Dialer{}).DialContext(ctx, "tcp", host)
	}
	if by.Scheme == "socks5" || by.Scheme == "socks5h" {
		socks, err := proxy.FromURL(by, &net.Dialer{})
		if err != nil {
			return nil, err
		}
		return socks.(proxy.ContextDialer).DialContext(ctx, "tcp", host)
	}
	conn, err := dialProxy(ctx, by)
	if err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err} // as net/http has it
	}
	through, err := x.connect(ctx, conn, by, host)
	if err != nil {
		_ = conn.Close()
	}
	return through, err
}

func dialProxy(ctx context.Context, by *url.URL) (net.Conn, error) {
	at := by.Host
	if by.Port() == "" {
		at = net.JoinHostPort(by.Hostname(), map[string]string{"http": "80", "https": "443"}[by.Scheme])
	}
	if by.Scheme == "https" {
		return (&tls.Dialer{}).DialContext(ctx, "tcp", at)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", at)
}

// connect asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6).
func (x *examination) connect(ctx context.Context, conn net.Conn, by *url.URL, host string) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: host}, Host: host, Header: http.Header{}}
	if user := by.User; user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
	}
	answers := bufio.NewReader(conn)
	response, err := http.ReadResponse(answers, request)
	if err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
	}
	if err := x.onConnect(ctx, by, request, response); err != nil {
		return nil, err
	}
	if answers.Buffered() > 0 {
		return nil, fail(ProxyRefuses, nil, "the proxy says more than it should after CONNECT")
	}
	return conn, nil
}

// onConnect finds words for a proxy's answer to CONNECT; nil where it makes the tunnel.
func (x *examination) onConnect(_ context.Context, by *url.URL, request *http.Request, response *http.Response) error {
	code, cause := response.StatusCode, fmt.Errorf("the proxy answered CONNECT %s with %s", request.Host, response.Status)
	var f *failure
	switch {
	case code == http.StatusOK:
		return nil
	case code == http.StatusProxyAuthRequired:
		f = x.wantsProxyLogin()
	case code >= http.StatusInternalServerError:
		f = fail(ProxyCannot, cause, "the proxy cannot reach %s (%d)", request.Host, code)
	default:
		f = fail(ProxyRefuses, cause, "the proxy refuses CONNECT %s (%d)", request.Host, code)
	}
	f.code = code
	return f
}

func (x *examination) wantsProxyLogin() *failure {
	if by, err := x.Proxy(x.origin); err == nil && by != nil && by.User != nil {
		return fail(ProxyLogin, nil, "the proxy does not take this name and password (407)")
	}
	return fail(ProxyLogin, nil, "the proxy wants a name and a password (407)")
}
