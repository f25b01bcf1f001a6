package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// maxHops is how often an address may send on to another.
const maxHops = 10

const doctorPath = "/api/v1/doctor"

// page finds the server, and asks twice: the first time makes the connection, the second measures it.
func (x *examination) page(ctx context.Context) json.RawMessage {
	if err := x.find(ctx); err != nil {
		if f := explain(err, hostPort(x.origin)); f.reason == NoAnswer {
			err = fail(NoAnswer, f.cause, "no answer: it is off, or something on the way drops what is sent there")
		}
		x.fails(Page, err)
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, x.Patience)
	defer cancel()
	sent := time.Now()
	told, at, err := x.greet(limited, x.origin.String()+doctorPath)
	took := time.Since(sent)
	if err != nil {
		x.fails(Page, err)
		return nil
	}
	x.works(Page, took)
	x.aheadMs = float64(sent.Add(took/2).Sub(at)) / float64(time.Millisecond)
	x.clock()
	return told
}

// find follows to where the server is, and keeps that as the origin: from http to https, or from an old name to a new one.
func (x *examination) find(ctx context.Context) error {
	asked := *x.origin
	for at, seen := asked.String()+doctorPath, []string(nil); ; {
		limited, cancel := context.WithTimeout(ctx, x.Patience)
		_, _, err := x.greet(limited, at)
		var moved *redirect
		if f := (*failure)(nil); errors.As(err, &f) && len(seen) == 0 {
			if scheme := x.otherScheme(limited, f); scheme != "" && x.Guessed {
				x.origin.Scheme, err = scheme, &redirect{&url.URL{Scheme: scheme, Host: asked.Host, Path: doctorPath}}
			} else if scheme == "https" {
				err = fail(SpeaksTLS, f.cause, "that port speaks HTTPS, not plain HTTP")
			}
		}
		cancel()
		if !errors.As(err, &moved) {
			return x.arrive(&asked, at, err)
		}
		seen = append(seen, at)
		at = moved.to.String()
		if slices.Contains(seen, at) || len(seen) == maxHops {
			return fail(SentInCircle, fmt.Errorf("%q", append(seen, at)), "it is sent round in a circle, the last time to %s", originOf(moved.to))
		}
	}
}

// arrive takes the place that was come to for the server's, if one is there.
func (x *examination) arrive(asked *url.URL, at string, err error) error {
	to, parseErr := url.Parse(at)
	if parseErr != nil {
		return fail(SentOn, parseErr, "it is sent on to an address that is none")
	}
	var f *failure
	switch {
	case err == nil:
		x.origin = &url.URL{Scheme: to.Scheme, Host: to.Host}
	case to.Host != asked.Host && errors.As(err, &f):
		return fail(SentOn, f, "it is sent on to %s, and there: %s", originOf(to), f.says)
	}
	return err
}

// redirect is an answer that sends on.
type redirect struct{ to *url.URL }

func (r *redirect) Error() string { return "sent on to " + r.to.Redacted() }

// greet asks for what the server knows of itself, and for its clock.
func (x *examination) greet(ctx context.Context, at string) (told json.RawMessage, now time.Time, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, now, fail(SentOn, err, "it is sent on to an address that is none")
	}
	response, body, err := x.ask(request)
	if errors.Is(err, errRedirect) {
		to, err := response.Location()
		if err != nil || to.Host == "" || (to.Scheme != "http" && to.Scheme != "https") {
			return nil, now, fail(SentOn, err, "it is sent on to an address that is none")
		}
		to.User, to.Fragment = nil, ""
		return nil, now, &redirect{to}
	}
	if err != nil {
		return nil, now, err
	}
	var said struct {
		At      time.Time
		Request *struct{ Scheme string }
	}
	if json.Unmarshal(body, &said) != nil || said.At.IsZero() || said.Request == nil {
		return nil, now, x.badAnswer(response, body)
	}
	return body, said.At, nil
}

// otherScheme is the one that the port speaks where it does not speak ours, "" where that is not so.
func (x *examination) otherScheme(ctx context.Context, f *failure) string {
	switch {
	case f.reason == SpeaksHTTP:
		return "http"
	case x.origin.Scheme == "http" && (f.reason == Cut || f.reason == NotHTTP || f.code == http.StatusBadRequest):
		conn, err := x.dialTCP(ctx, hostPort(x.origin), false)
		if err != nil {
			return ""
		}
		defer func() { _ = conn.Close() }()
		if tls.Client(conn, &tls.Config{ServerName: x.origin.Hostname(), InsecureSkipVerify: true}).HandshakeContext(ctx) == nil {
			return "https"
		}
	}
	return ""
}

// stillThere asks once more, where a way failed: a server that has gone away since is not the network's fault.
func (x *examination) stillThere(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, x.Patience)
	defer cancel()
	_, _, err := x.greet(limited, x.origin.String()+doctorPath)
	var f *failure
	if errors.As(err, &f) && f.reason != TooOften {
		x.fails(Page, fail(WentAway, f, "it answered at first, and then no more: %s", f.says))
	}
}
