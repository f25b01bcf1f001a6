package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
)

var names = map[string]string{
	Page: "page", SSE: "SSE", PostStream: "POST stream", LongPoll: "long-poll", Clock: "clock",
	STUNUDP: "STUN UDP", TURNUDP: "TURN UDP", TURNTCP: "TURN TCP", TURNTLS: "TURN TLS",
}

var byWords = map[string]string{TURNUDP: "UDP", TURNTCP: "TCP", TURNTLS: "TLS, which proxies let pass"}

// sentence says why something fails, for people.
func sentence(err error) string {
	var dns *net.DNSError
	var network net.Error
	var untrusted x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	var wrapped *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "no answer"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens there"
	case errors.As(err, &dns):
		return "the name " + dns.Name + " is not known here"
	case errors.As(err, &untrusted), errors.As(err, &certificate):
		return "its certificate is not trusted here: self-signed (then --insecure), or a proxy reads along"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection was cut off"
	case errors.As(err, &wrapped):
		return wrapped.Err.Error()
	}
	return err.Error()
}

// meaning is what a finding means, in words.
func (f Finding) meaning() string {
	switch {
	case f.Note != "":
		return f.Note
	case f.State == Fails:
		return "not tried, since the page does not come"
	case f.State == Absent:
		return "the server does not offer it"
	case f.State == Held:
		return "somebody on the way holds the events back until the end; the app takes another way"
	case f.State == Slow:
		return "events come late"
	case f.Way == Clock:
		return "ours agrees with the server's"
	case f.Way == STUNUDP:
		return "UDP reaches the server"
	case strings.HasPrefix(f.Way, "turn-"):
		return "a packet was relayed there and back"
	case f.Way == Page:
		return "the server answers"
	}
	return "events come when they are said"
}

func (f Finding) delay() string {
	switch {
	case f.DelayMs == nil:
		return ""
	case f.Way == Clock:
		return fmt.Sprintf("%+.1f s", *f.DelayMs/1000)
	case *f.DelayMs < 10:
		return fmt.Sprintf("%.1f ms", *f.DelayMs)
	}
	return fmt.Sprintf("%.0f ms", *f.DelayMs)
}

// Print writes the report for a terminal.
func (r Report) Print(w io.Writer) error {
	via := ""
	if r.Proxy != "" {
		via = ", through the proxy " + r.Proxy
	}
	if _, err := fmt.Fprintf(w, "%s%s\n\n", r.URL, via); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.Findings {
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", names[f.Way], f.State, f.delay(), f.meaning()) // Flush tells
	}
	if err := table.Flush(); err != nil {
		return err
	}
	lines := append([]string{"", r.Summary()}, r.advice()...)
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// Summary is the verdict in a sentence.
func (r Report) Summary() string {
	switch r.Verdict.Code {
	case Through:
		return "Calls get through: where there is no direct way, media is relayed over " + byWords[r.Verdict.By] + "."
	case DirectOnly:
		return "Calls get through only where the two can reach each other directly: no relay works from here."
	case SameNetwork:
		return "Calls get through only within one network: the server offers no relay."
	case MediaBlocked:
		return "Calls do not get through: the server is reachable, media is blocked."
	case SignalingBlocked:
		return "Calls do not get through: the page comes, but no events do."
	}
	return "Calls do not get through: the server cannot be reached."
}

// advice is what to ask for, and whom.
func (r Report) advice() []string {
	var company, operator []string
	for _, ask := range r.Verdict.Asks {
		if text := r.ask(ask); ask == AskRelay || ask == AskRelayTLS {
			operator = append(operator, "  - "+text)
		} else {
			company = append(company, "  - "+text)
		}
	}
	var lines []string
	if company != nil {
		lines = append(append(lines, "", "Ask the IT department:"), company...)
	}
	if operator != nil {
		lines = append(append(lines, "", "Ask whoever runs the server:"), operator...)
	}
	return lines
}

func (r Report) ask(ask string) string {
	switch ask {
	case AskPage:
		return "allow " + r.URL + ", without TLS inspection"
	case AskStreams:
		return "do not hold back answers of type text/event-stream from " + r.URL
	case AskConnect:
		return "allow CONNECT " + r.hostOf(TURNTLS) + ", and exempt it from TLS inspection"
	case AskTCP:
		return "allow TCP to " + r.hostOf(TURNTCP) + ", also where it is no HTTP (CONNECT " + r.hostOf(TURNTCP) + ")"
	case AskUDP:
		return "allow UDP to " + r.hostOf(TURNUDP) + " and answers from it: pictures get better, calls do without"
	case AskRelay:
		return "start it with its relay (without --turn=off), or name one with --turn-url"
	}
	return "give the server TLS on port 443, so that its relay looks like any other page"
}

// hostOf is host:port of what was tried by way.
func (r Report) hostOf(way string) string {
	for _, f := range r.Findings {
		if f.Way == way && f.URL != "" {
			return hostOf(f.URL)
		}
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.Port() != "" {
		return strings.TrimPrefix(strings.TrimPrefix(r.URL, "https://"), "http://")
	}
	return net.JoinHostPort(u.Hostname(), strconv.Itoa(map[string]int{"http": 80, "https": 443}[u.Scheme]))
}
