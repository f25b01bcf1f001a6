package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"yodel/server/certs/acme"
	"yodel/server/ice"
)

// The functions below turn the text of a setting into its value. Their errors are the end of a sentence that begins
// with the flag's name, and never hold a secret.

// setOne sets a member from the single text of a setting.
func setOne[T any](member func(*Config) *T, parse func(string) (T, error)) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		v, err := parse(values[0])
		if err == nil {
			*member(c) = v
		}
		return err
	}
}

// setMany sets a list from the texts of a repeated setting.
func setMany[T any](member func(*Config) *[]T, parse func(string) (T, error)) func(*Config, []string) error {
	return func(c *Config, values []string) error {
		list := make([]T, 0, len(values))
		for _, text := range values {
			v, err := parse(text)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		*member(c) = list
		return nil
	}
}

func parseText(text string) (string, error) { return text, nil }

func parseChoice(names ...string) func(string) (string, error) {
	return func(text string) (string, error) {
		if !slices.Contains(names, text) {
			return "", fmt.Errorf("%q is not one of %s", text, strings.Join(names, ", "))
		}
		return text, nil
	}
}

func parseDuration(least, most time.Duration) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration such as 45s or 10m", text)
		}
		if d < least || d > most {
			return 0, fmt.Errorf("%s is not between %v and %v", text, least, most)
		}
		return d, nil
	}
}

func parseCount(most int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number", text)
		}
		if n < 1 || n > most {
			return 0, fmt.Errorf("%s is not between 1 and %d (--limits=off lifts all limits)", text, most)
		}
		return n, nil
	}
}

func parsePerSecond(most float64) func(string) (float64, error) {
	return func(text string) (float64, error) {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) {
			return 0, fmt.Errorf("%q is not a number", text)
		}
		if f < 0.001 || f > most {
			return 0, fmt.Errorf("%s is not between 0.001 and %.0f (--limits=off lifts all limits)", text, most)
		}
		return f, nil
	}
}

func parseBytes(least, most int64) func(string) (int64, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"", 1}}
	return func(text string) (int64, error) {
		for _, unit := range units {
			digits, ok := strings.CutSuffix(text, unit.suffix)
			if !ok {
				continue
			}
			n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
			switch {
			case err != nil && !errors.Is(err, strconv.ErrRange):
				return 0, fmt.Errorf("%q is not a number of bytes such as 65536 or 8MiB", text)
			case err != nil || n > most/unit.bytes || n*unit.bytes < least:
				return 0, fmt.Errorf("%s is not between %d and %d bytes", text, least, most)
			}
			return n * unit.bytes, nil
		}
		return 0, nil // not reached: the last suffix is empty
	}
}

func parseListen(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsAny(host, " /@") {
		return "", fmt.Errorf("%q is not an address and port such as :8443 or 127.0.0.1:8443", text)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("%q: the port is not a number from 0 to 65535", text)
	}
	return text, nil
}

// parseOrigin accepts scheme://host[:port], drops a slash at the end, and writes the host as browsers do.
func parseOrigin(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return "", fmt.Errorf("%q is not an http or https URL", text)
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%q has more than a scheme, a host and a port", text)
	}
	host, err := ice.ASCIIHost(u.Host)
	if err == nil {
		_, _, err = ice.ParseHost(host)
	}
	if err != nil || strings.Contains(host, "%") {
		return "", fmt.Errorf("%q names no host that others can reach", text)
	}
	return u.Scheme + "://" + strings.ToLower(host), nil
}

// parseDomain accepts what a certificate can be had for, and drops the dot at the end of a name.
func parseDomain(text string) (string, error) {
	domain := strings.ToLower(strings.TrimSuffix(text, "."))
	if ascii, err := ice.ASCIIHost(domain); err == nil {
		domain = ascii
	}
	return domain, acme.CheckDomain(domain)
}

func parseDirectory(text string) (string, error) {
	if u, err := url.Parse(text); err != nil || u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%q is not an https URL", text)
	}
	return text, nil
}

func parseEmail(text string) (string, error) {
	if at, err := mail.ParseAddress(text); err != nil || at.Address != text {
		return "", fmt.Errorf("%q is not a plain mail address", text)
	}
	return text, nil
}

func parseCORSOrigin(text string) (string, error) {
	if text == "*" {
		return text, nil
	}
	return parseOrigin(text)
}

// parseNetwork accepts a CIDR or a single address.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not an address or a network such as 10.0.0.0/8", text)
	}
	return p.Masked(), nil
}

func parseSTUN(text string) (string, error) { return text, ice.CheckSTUN(text) }

func parseTURN(text string) (string, error) { return text, ice.CheckTURN(text) }

// parseSecret refuses what is likely a mistake in quoting; the text itself is not shown.
func parseSecret(text string) (string, error) {
	if strings.TrimSpace(text) != text || strings.ContainsAny(text, "\r\n\x00") {
		return "", errors.New("the secret begins or ends with white space, or has a line break in it")
	}
	return text, nil
}

func parseSecretType(text string) (Secret, error) {
	s, err := parseSecret(text)
	return Secret(s), err
}

func setLogLevel(c *Config, values []string) error {
	name, err := parseChoice("debug", "info", "warn", "error")(values[0])
	if err != nil {
		return err
	}
	return c.LogLevel.UnmarshalText([]byte(name))
}

func setSecretFile(c *Config, values []string) error {
	if c.ICE.Secret != "" {
		return errors.New("give the secret once: --turn-secret is set too")
	}
	raw, err := os.ReadFile(values[0])
	if err != nil {
		return err
	}
	secret, err := parseSecret(strings.TrimRight(string(raw), "\r\n"))
	if err == nil && secret == "" {
		err = fmt.Errorf("%s is empty", values[0])
	}
	c.ICE.Secret = secret
	return err
}

func setLimits(c *Config, values []string) error {
	name, err := parseChoice("on", "off")(values[0])
	c.Limits.Off = name == "off"
	return err
}

func setTURN(c *Config, values []string) error {
	name, err := parseChoice("on", "off")(values[0])
	c.ICE.Inside = name == "on"
	return err
}

// parseHost reads host:port as part of a turn: URL would have it.
func parseHost(text string) (ice.Way, error) {
	ascii, err := ice.ASCIIHost(text)
	if err != nil {
		return ice.Way{}, fmt.Errorf("%q is not host:port: %w", text, err)
	}
	host, port, err := ice.ParseHost(ascii)
	switch {
	case err != nil:
		return ice.Way{}, fmt.Errorf("%q is not host:port: %w", text, err)
	case port == 0 || strings.Contains(ascii, "%"):
		return ice.Way{}, fmt.Errorf("%q is not host:port, such as turn.example.org:443", text)
	}
	return ice.Way{Host: host, Port: port}, nil
}

func parseAddress(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" || addr.IsUnspecified() {
		return netip.Addr{}, fmt.Errorf("%q is no IP address that others can reach", text)
	}
	return addr.Unmap(), nil
}

func parsePorts(text string) (portRange, error) {
	first, last, _ := strings.Cut(text, "-")
	low, err := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	high, err2 := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if err != nil || err2 != nil || low < 1 || high < low {
		return portRange{}, fmt.Errorf("%q is no range of ports such as 49152-65535", text)
	}
	return portRange{uint16(low), uint16(high)}, nil
}
