package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
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
	by, err := x.Proxy(&url.URL{Scheme: "https", Host: host})
	if err != nil {
		return nil, err
	}
	conn, err := dialThrough(ctx, by, host)
	if err != nil || !secure {
		return conn, err
	}
	name, _, _ := net.SplitHostPort(host)
	wrapped := tls.Client(conn, &tls.Config{ServerName: name, InsecureSkipVerify: x.Insecure})
	if err := wrapped.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return wrapped, nil
}

func dialThrough(ctx context.Context, by *url.URL, host string) (net.Conn, error) {
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
		return nil, fmt.Errorf("the proxy: %w", err)
	}
	through, err := connect(ctx, conn, by.User, host)
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
func connect(ctx context.Context, conn net.Conn, user *url.Userinfo, host string) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: host}, Host: host, Header: http.Header{}}
	if user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return nil, fmt.Errorf("the proxy: %w", err)
	}
	answers := bufio.NewReader(conn)
	response, err := http.ReadResponse(answers, request)
	if err != nil {
		return nil, fmt.Errorf("the proxy: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the proxy refuses CONNECT %s: %s", host, response.Status)
	}
	if answers.Buffered() > 0 {
		return nil, errors.New("the proxy says more than it should")
	}
	return conn, nil
}
