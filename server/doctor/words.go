package doctor

import (
	"fmt"
	"io"
	"math"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
)

var names = map[string]string{
	Page: "page", SSE: "SSE", PostStream: "POST stream", LongPoll: "long-poll", Clock: "clock",
	STUNUDP: "STUN UDP", TURNUDP: "TURN UDP", TURNTCP: "TURN TCP", TURNTLS: "TURN TLS",
	SecureOrigin: "secure page",
}

var byWords = map[string]string{TURNUDP: "UDP", TURNTCP: "TCP", TURNTLS: "TLS, which proxies let pass"}

// meaning is what a finding means, in words.
func (f Finding) meaning() string {
	switch {
	case f.Note != "":
		return f.Note
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
	case f.Way == SecureOrigin:
		return "browsers give camera and microphone to a page from there"
	}
	return "events come when they are said"
}

func (f Finding) delay() string {
	switch {
	case f.DelayMs == nil:
		return ""
	case f.Way == Clock && math.Abs(*f.DelayMs) < 50:
		return "0.0 s"
	case f.Way == Clock:
		return fmt.Sprintf("%+.1f s", *f.DelayMs/1000)
	case *f.DelayMs < 10:
		return fmt.Sprintf("%.1f ms", *f.DelayMs)
	}
	return fmt.Sprintf("%.0f ms", *f.DelayMs)
}

// Print writes the report for a terminal.
func (r Report) Print(w io.Writer) error {
	where, findings := r.URL, r.Findings
	if r.Asked != "" {
		where = r.Asked + ", which means " + r.URL
	}
	if r.Proxy != "" {
		where += ", through the proxy " + r.Proxy
	}
	if findings[0].State != Works { // of the page: then no other was tried, or all that matters is that it went away
		findings = findings[:1]
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", where); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", names[f.Way], f.State, f.delay(), f.meaning()) // Flush tells
	}
	if err := table.Flush(); err != nil {
		return err
	}
	lines := append([]string{"", r.Summary()}, r.advice()...)
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

var summaries = map[string]string{
	DirectOnly:       "Calls get through only where the two can reach each other directly: no relay works from here.",
	SameNetwork:      "Calls get through only within one network: the server offers no relay.",
	RelayRefused:     "Calls do not get through: the way to the relay is open, but it refuses to relay.",
	MediaBlocked:     "Calls do not get through: the server is reachable, media is blocked.",
	SignalingBlocked: "Calls do not get through: the page comes, but no events do.",
	Unreachable:      "Calls do not get through: the server cannot be reached.",
	ServerGone:       "Nothing can be said of calls: the server went away meanwhile.",
	ServerDown:       "Calls do not get through: something answers, but the server behind it does not.",
	ServerRefuses:    "Nothing can be said of calls: something answers, and refuses.",
	NotTrusted:       "Calls do not get through: whoever answers cannot prove to be the server.",
	WrongScheme:      "Nothing can be said of calls: the address begins with the wrong word.",
	NotYodel:         "No calls there: what answers at this address is not Yodel.",
	RedirectLoop:     "Nothing can be said of calls: the address leads round in a circle.",
	ProxyBlocked:     "Calls do not get through: they get no further than the proxy.",
}

// Summary is the verdict in a sentence.
func (r Report) Summary() string {
	if r.Verdict.Shut == string(Insecure) { // the page /check alone looks at more
		return "At this address nobody is seen or heard: it is not secure (https), so browsers keep camera and microphone shut.\nAs for the network: " + r.network()
	}
	return r.network()
}

func (r Report) network() string {
	if r.Verdict.Code == Through {
		return "Calls get through: where there is no direct way, media is relayed over " + byWords[r.Verdict.By] + "."
	}
	return summaries[r.Verdict.Code]
}

// advice is what to do, or to ask for and whom.
func (r Report) advice() (lines []string) {
	for _, whom := range []struct {
		title string
		asks  map[string]string
	}{
		{"What you can do:", r.forYou()}, {"Ask the IT department:", r.forCompany()}, {"Ask whoever runs the server:", r.forOperator()},
	} {
		var items []string
		for _, ask := range r.Verdict.Asks {
			if text, theirs := whom.asks[ask]; theirs {
				items = append(items, "  - "+text)
			}
		}
		if items != nil {
			lines = append(append(lines, "", whom.title), items...)
		}
	}
	return lines
}

func (r Report) forYou() map[string]string {
	scheme, rest, _ := strings.Cut(r.URL, "://")
	return map[string]string{
		AskAddress:    "check the address: " + scheme + "://" + rest + " is what was looked at",
		AskHTTP:       "write http:// in front of it: http://" + rest,
		AskHTTPS:      r.adviseHTTPS("https://" + rest),
		AskSignIn:     "open " + r.URL + " in a browser; if this network wants you to sign in, do so and look again",
		AskWayOut:     "connect this machine to the network; where a proxy is the only way out, name it: HTTPS_PROXY=http://proxy:3128",
		AskProxy:      "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY: they name the proxy, such as http://proxy:3128 or socks5://proxy:1080",
		AskProxyLogin: "give the proxy a name and a password: HTTPS_PROXY=http://name:password@proxy:3128, with %40 for an @ in them",
		AskClock:      "check the date of this machine: it says " + r.At.Format(time.DateOnly),
		AskTrust:      "if the server makes its own certificates, install its authority here, or look with --insecure",
		AskWait:       "look again in a minute",
	}
}

func (r Report) adviseHTTPS(address string) string {
	if r.Verdict.Shut == string(Insecure) {
		return "to be seen and heard, open " + address + ", if there is such an address"
	}
	return "write https:// in front of it: " + address
}

func (r Report) forCompany() map[string]string {
	return map[string]string{
		AskPage:       "allow " + r.URL + ", without TLS inspection",
		AskStreams:    "do not hold back answers of type text/event-stream from " + r.URL,
		AskConnect:    "allow CONNECT " + r.hostOf(TURNTLS) + ", and exempt it from TLS inspection",
		AskTCP:        "allow TCP to " + r.hostOf(TURNTCP) + ", also where it is no HTTP (CONNECT " + r.hostOf(TURNTCP) + ")",
		AskUDP:        "allow UDP to " + r.hostOf(TURNUDP) + " and answers from it: " + r.worthOfUDP(),
		AskInspection: "if a proxy of theirs issued that certificate, exempt " + r.hostOf(Page) + " from TLS inspection",
	}
}

func (r Report) worthOfUDP() string {
	if r.Verdict.Code == Through {
		return "pictures get better, calls do without"
	}
	return "the server offers no other way"
}

func (r Report) forOperator() map[string]string {
	return map[string]string{
		AskTLS:         "if there is no address with https:// yet, start it with --tls=local, or put a proxy with a certificate before it",
		AskRelay:       "start it with its relay (without --turn=off), or name one with --turn-url",
		AskRelayTLS:    "offer the relay over TLS on port 443 (turns:), so that it looks like any other page",
		AskRelayThere:  "is the relay where the server says, at " + r.lostRelay() + "? See --turn-host, --turn-url and --public-url",
		AskRefusal:     refusalAdvice(r.refused()),
		AskRunning:     "is it running, and does it listen at " + r.hostOf(Page) + "?",
		AskErrors:      "look into its log for the error",
		AskRedirects:   "mend the redirects of the reverse proxy: it should send X-Forwarded-Proto, and be one of --trusted-proxies",
		AskCertificate: "give it a certificate that is valid now, for " + r.hostname(),
		AskOpen:        "let " + r.URL + "/api/ through without a further name, password or rule",
	}
}

// lostRelay is where a relay should be and by no way somebody is, or whose name is unknown; "" where that is not so. The
// network may do that, too; but whoever runs the server can tell.
func (r Report) lostRelay() (at string) {
	for _, f := range r.Findings {
		switch {
		case !strings.HasPrefix(f.Way, "turn-") || f.State == Absent:
		case f.State == Fails && (f.Reason == NobodyThere || f.Reason == UnknownName):
			at = hostOf(f.URL)
		default:
			return ""
		}
	}
	return at
}

// refused is the code with which a relay refuses; 0 where it gives none.
func (r Report) refused() int {
	for _, f := range r.Findings {
		if f.State == Refused && f.Reason == Refusal {
			return f.Code
		}
	}
	return 0
}

func (r Report) hostname() string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return r.URL
	}
	return u.Hostname()
}

// hostOf is host:port of what was tried by way.
func (r Report) hostOf(way string) string {
	for _, f := range r.Findings {
		if f.Way == way && f.URL != "" {
			return hostOf(f.URL)
		}
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return r.URL
	}
	return hostPort(u)
}
