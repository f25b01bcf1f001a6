package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// servingLine names every address the server can be opened at, the ones for this machine first.
func servingLine(cfg Config, listening net.Addr) string {
	var urls []string
	if cfg.PublicURL != "" {
		urls = append(urls, cfg.PublicURL)
	}
	scheme := "http"
	if cfg.TLS == tlsFiles {
		scheme = "https"
	}
	at, err := netip.ParseAddrPort(listening.String())
	if err != nil {
		return "serving " + strings.Join(append(urls, listening.String()), " ")
	}
	for _, host := range hosts(at.Addr()) {
		local := scheme
		if host == "localhost" || net.ParseIP(host).IsLoopback() {
			local = "http" // plain HTTP always works on this machine, and needs no certificate there
		}
		urls = append(urls, fmt.Sprintf("%s://%s", local, net.JoinHostPort(host, fmt.Sprint(at.Port()))))
	}
	return "serving " + strings.Join(urls, " ")
}

// hosts are the names a listening address goes by.
func hosts(addr netip.Addr) []string {
	if !addr.IsUnspecified() {
		return []string{addr.Unmap().String()}
	}
	names := []string{"localhost"}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return names
	}
	for _, each := range own {
		prefix, err := netip.ParsePrefix(each.String())
		if err != nil || prefix.Addr().IsLoopback() || prefix.Addr().IsLinkLocalUnicast() {
			continue
		}
		if addr.Is4() && !prefix.Addr().Is4() {
			continue
		}
		names = append(names, prefix.Addr().String())
	}
	return names
}
