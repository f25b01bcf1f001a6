package main

import (
	"net/netip"
	"strings"
	"time"

	"yodel/server/certs/acme"
	"yodel/server/ice"
)

// setting is one line of the settings table: the one place a setting is declared. Flag, variable, key of the file,
// help, default and README all come from it.
type setting struct {
	Flag    string // with its dashes
	Env     string
	Default string // as it would be written; empty: unset, or computed as Usage says
	Usage   string // purpose, unit, what an absent value means

	group    string                                 // heading in --help
	value    string                                 // what stands for the value in --help
	repeated bool                                   // may be given more than once, or as a list, or with commas
	needs    []condition                            // to be read at all; none: it always is
	set      func(c *Config, values []string) error // nil for --config, which sets nothing itself
}

// key is the setting's name in a file, and its flag without dashes.
func (s setting) key() string { return strings.TrimPrefix(s.Flag, "--") }

// Headings of --help, in the order they appear there.
const (
	groupServer = "Server"
	groupTLS    = "TLS"
	groupCalls  = "Calls and streams"
	groupICE    = "STUN and TURN"
	groupLimits = "Limits"
)

// flagConfig names the file that other settings may come from. It is the first of settings.
const flagConfig = "--config"

// settings returns the table, in the order of --help and README.
func settings() []setting {
	var all []setting
	for _, group := range [][]setting{serverSettings(), tlsSettings(), callSettings(), iceSettings(), limitSettings()} {
		all = append(all, group...)
	}
	for i, s := range all {
		all[i].Env = "YODEL_" + strings.ToUpper(strings.ReplaceAll(s.key(), "-", "_"))
	}
	return all
}

func serverSettings() []setting {
	const g = groupServer
	return []setting{
		{Flag: flagConfig, Usage: "YAML file with settings, one per line as in \"listen: :8443\"; an unknown or malformed one stops the start", group: g, value: "file"},
		{Flag: "--listen", Default: ":8443", Usage: "address and port to serve on; port 0 takes a free one", group: g, value: "host:port", set: setOne(func(c *Config) *string { return &c.Listen }, parseListen)},
		{Flag: "--data-dir", Usage: "directory for what outlives a restart, made with mode 0700; \"none\" keeps nothing but the key of tokens (default: yodel in $XDG_STATE_HOME, or in ~/.local/state)", group: g, value: "dir", set: setOne(func(c *Config) *string { return &c.DataDir }, parseText)},
		{Flag: "--public-url", Usage: "origin that links to rooms begin with, such as https://call.example.org; unset: as the request says", group: g, value: "url", set: setOne(func(c *Config) *string { return &c.PublicURL }, parseOrigin)},
		{Flag: "--trusted-proxies", Usage: "addresses or networks (CIDR) of proxies whose word on the client's address counts; unset: nobody's", group: g, value: "cidr", repeated: true, set: setMany(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }, parseNetwork)},
		{Flag: "--cors-origin", Usage: "origin whose pages may call the API, or *; unset: only our own", group: g, value: "origin", repeated: true, set: setMany(func(c *Config) *[]string { return &c.CORSOrigins }, parseCORSOrigin)},
		{Flag: "--metrics-token", Usage: "bearer token for /metrics; unset: only direct loopback connections may read it", group: g, value: "token", set: setOne(func(c *Config) *Secret { return &c.MetricsToken }, parseSecretType)},
		{Flag: "--log-level", Default: "info", Usage: "least level logged: debug, info, warn or error", group: g, value: "level", set: setLogLevel},
		{Flag: "--log-format", Default: logText, Usage: "format of the log on stderr: text or json", group: g, value: "format", set: setOne(func(c *Config) *string { return &c.LogFormat }, parseChoice(logText, logJSON))},
	}
}

func tlsSettings() []setting {
	const g = groupTLS
	return []setting{
		{Flag: "--tls", Default: tlsOff, Usage: "where the certificate comes from: local is an authority of our own for private addresses, which devices must be told to trust; auto asks a public one, see --domain; files; or off for plain HTTP", group: g, value: "mode", set: setOne(func(c *Config) *string { return &c.TLS }, parseChoice(tlsLocal, tlsAuto, tlsFiles, tlsOff))},
		{Flag: "--tls-cert", Usage: "PEM file with the certificate and its chain, for --tls=files", group: g, needs: withFiles, value: "file", set: setOne(func(c *Config) *string { return &c.TLSCert }, parseText)},
		{Flag: "--tls-key", Usage: "PEM file with the private key, for --tls=files", group: g, needs: withFiles, value: "file", set: setOne(func(c *Config) *string { return &c.TLSKey }, parseText)},
		{Flag: "--domain", Usage: "name or address to get a certificate for, with --tls=auto; its port 443 must lead here", group: g, needs: withAuto, value: "name", repeated: true, set: setMany(func(c *Config) *[]string { return &c.ACME.Domains }, parseDomain)},
		{Flag: "--acme-ca", Default: acme.DefaultCA, Usage: "ACME directory of the authority that --tls=auto asks, whose terms you agree to by that", group: g, needs: withAuto, value: "url", set: setOne(func(c *Config) *string { return &c.ACME.CA }, parseDirectory)},
		{Flag: "--acme-ca-root", Usage: "PEM file with the certificates to believe that authority by; unset: those of the system", group: g, needs: withAuto, value: "file", set: setOne(func(c *Config) *string { return &c.ACME.Roots }, parseText)},
		{Flag: "--acme-email", Usage: "address that the authority may write to; unset: none", group: g, needs: withAuto, value: "address", set: setOne(func(c *Config) *string { return &c.ACME.Email }, parseEmail)},
	}
}

func callSettings() []setting {
	const g = groupCalls
	const short, hour, day = 100 * time.Millisecond, time.Hour, 24 * time.Hour
	return []setting{
		{Flag: "--ring-timeout", Default: "45s", Usage: "how long a call rings before it ends unanswered", group: g, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.RingTimeout }, parseDuration(short, hour))},
		{Flag: "--lease", Default: "30s", Usage: "how long the seat of a silent peer is kept", group: g, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.Lease }, parseDuration(short, day))},
		{Flag: "--lease-in-call", Default: "120s", Usage: "the same for a peer in a call", group: g, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.LeaseInCall }, parseDuration(short, day))},
		{Flag: "--heartbeat", Default: "10s", Usage: "how long a stream is silent before it carries a heartbeat", group: g, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.Heartbeat }, parseDuration(short, hour))},
		{Flag: "--event-retention", Default: "120s", Usage: "how long an event can be read again, at least", group: g, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.EventRetention }, parseDuration(short, day))},
		{Flag: "--stream-max-age", Default: "10m", Usage: "age at which a stream is asked to reconnect", group: g, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.StreamMaxAge }, parseDuration(short, 7*day))},
		{Flag: "--token-life", Default: "12h", Usage: "how long a token is good", group: g, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.TokenLife }, parseDuration(time.Second, 366*day))},
	}
}

func iceSettings() []setting {
	const g = groupICE
	return []setting{
		{Flag: "--turn", Default: "on", Usage: "STUN and TURN inside, over UDP, TCP and TLS on the one port; on or off (with --turn-url it is off)", group: g, value: "on|off", set: setTURN},
		{Flag: "--turn-host", Usage: "host:port at which clients find the TURN inside, where something stands in front of the server; over TLS too unless --tls=off; unset: where they found the server", group: g, needs: withInside, value: "host:port", set: setOne(func(c *Config) *ice.Way { return &c.TURNHost }, parseHost)},
		{Flag: "--turn-relay", Default: relayInside, Usage: "where relayed addresses live: inside the process, which needs nothing and reaches nobody's network, or external, for peers that relay elsewhere or not at all", group: g, needs: withInside, value: "inside|external", set: setOne(func(c *Config) *string { return &c.Relay.Mode }, parseChoice(relayInside, relayExternal))},
		{Flag: "--turn-relay-address", Usage: "address of this machine as others see it, for --turn-relay=external; one IPv4 address, one IPv6 address, or both", group: g, needs: withExternal, value: "address", repeated: true, set: setMany(func(c *Config) *[]netip.Addr { return &c.Relay.Addresses }, parseAddress)},
		{Flag: "--turn-relay-ports", Default: "49152-65535", Usage: "UDP ports that others can reach, for --turn-relay=external", group: g, needs: withExternal, value: "low-high", set: setOne(func(c *Config) *portRange { return &c.Relay.Ports }, parsePorts)},
		{Flag: "--turn-allow", Usage: "network to relay to although it is not public, such as a LAN, for --turn-relay=external; the server's own addresses in it only where one is named alone, such as 192.168.1.5/32", group: g, needs: withExternal, value: "cidr", repeated: true, set: setMany(func(c *Config) *[]netip.Prefix { return &c.Relay.Allow }, parseNetwork)},
		{Flag: "--stun-url", Usage: "another STUN server for everyone, such as stun:host:3478; unset: the one inside", group: g, value: "url", repeated: true, set: setMany(func(c *Config) *[]string { return &c.ICE.STUN }, parseSTUN)},
		{Flag: "--turn-url", Usage: "another TURN server for peers in a room, in place of the one inside, such as turn:host:3478?transport=udp", group: g, value: "url", repeated: true, set: setMany(func(c *Config) *[]string { return &c.ICE.TURN }, parseTURN)},
		{Flag: "--turn-secret", Usage: "secret shared with the TURN server (coturn: static-auth-secret)", group: g, value: "secret", set: setOne(func(c *Config) *string { return &c.ICE.Secret }, parseSecret)},
		{Flag: "--turn-secret-file", Usage: "file to read that secret from instead, which keeps it out of process lists", group: g, value: "file", set: setSecretFile},
		{Flag: "--turn-ttl", Default: "1h", Usage: "how long a TURN credential is good", group: g, needs: withTURN, value: "duration", set: setOne(func(c *Config) *time.Duration { return &c.ICE.TTL }, parseDuration(time.Minute, time.Hour))},
	}
}

func limitSettings() []setting {
	const g = groupLimits
	const most = 1_000_000
	return []setting{
		{Flag: "--limits", Default: "on", Usage: "off lifts every limit, for benchmarks", group: g, value: "on|off", set: setLimits},
		{Flag: "--limit-messages", Default: "50", Usage: "messages per second and token", group: g, needs: withLimits, value: "number", set: setOne(func(c *Config) *float64 { return &c.Limits.MessagesPerSecond }, parsePerSecond(most))},
		{Flag: "--limit-messages-burst", Default: "256", Usage: "messages a token may send at once", group: g, needs: withLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.MessagesBurst }, parseCount(most))},
		{Flag: "--limit-joins", Default: "2", Usage: "joins per second and address", group: g, needs: withLimits, value: "number", set: setOne(func(c *Config) *float64 { return &c.Limits.JoinsPerSecond }, parsePerSecond(most))},
		{Flag: "--limit-joins-burst", Default: "60", Usage: "joins from an address at once", group: g, needs: withLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.JoinsBurst }, parseCount(most))},
		{Flag: "--limit-probes", Default: "2", Usage: "checks of the doctor per second and address", group: g, needs: withLimits, value: "number", set: setOne(func(c *Config) *float64 { return &c.Limits.ProbesPerSecond }, parsePerSecond(most))},
		{Flag: "--limit-probes-burst", Default: "60", Usage: "checks from an address at once; one visit to the doctor makes about eight", group: g, needs: withLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.ProbesBurst }, parseCount(most))},
		{Flag: "--limit-passcodes", Default: "10", Usage: "wrong passcodes per room and address in a minute", group: g, needs: withLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.WrongPasscodes }, parseCount(10_000))},
		{Flag: "--limit-peers", Default: "32", Usage: "peers in a room", group: g, needs: withLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.Peers }, parseCount(10_000))},
		{Flag: "--limit-rooms", Default: "50000", Usage: "rooms in use, and likewise rooms made to last", group: g, needs: withLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.Rooms }, parseCount(100*most))},
		{Flag: "--limit-streams", Default: "50000", Usage: "open event streams on the server", group: g, needs: withLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.Streams }, parseCount(100*most))},
		{Flag: "--limit-log-bytes", Default: "8MiB", Usage: "size of the events kept for a room, in bytes or with KiB, MiB, GiB", group: g, needs: withLimits, value: "bytes", set: setOne(func(c *Config) *int64 { return &c.Limits.LogBytes }, parseBytes(4<<10, 64<<30))},
		{Flag: "--limit-turn", Default: "10000", Usage: "TURN allocations on the server", group: g, needs: withInsideLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.Allocations }, parseCount(60_000))},
		{Flag: "--limit-turn-peer", Default: "100", Usage: "TURN allocations per peer; a browser makes a few for each it talks to", group: g, needs: withInsideLimits, value: "count", set: setOne(func(c *Config) *int { return &c.Limits.AllocationsPerPeer }, parseCount(60_000))},
		{Flag: "--limit-turn-bytes", Default: "4MiB", Usage: "what a peer may have relayed in a second, and likewise what may come to it from outside, with 60 bytes of headers for each packet, in bytes or with KiB, MiB, GiB", group: g, needs: withInsideLimits, value: "bytes", set: setOne(func(c *Config) *int64 { return &c.Limits.RelayBytes }, parseBytes(4<<10, 64<<30))},
	}
}
