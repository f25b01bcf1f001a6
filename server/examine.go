package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/urfave/cli/v3"

	"yodel/server/doctor"
)

// wayPatience is how long `yodel doctor` waits for one way; it looks at all of them at once.
const wayPatience = 8 * time.Second

var (
	errNoCall    = errors.New("no call gets through from here")
	errUndecided = errors.New("whether a call gets through could not be found out")
	errStopped   = errors.New("stopped before everything was looked at")
)

// newDoctorCommand looks at a server from where it is run.
func newDoctorCommand(usage cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "find out whether calls get through to a server from here, and what to ask for if not",
		UsageText: "yodel doctor [options] URL",
		Description: "Looks at the server as the app would: its page, its streams, its relay by UDP, TCP and TLS, through the proxy of HTTPS_PROXY\n" +
			"or ALL_PROXY if there is one (http, https or socks5; http://name:password@proxy:3128 where it wants a name and a password).\n" +
			"Says what was found, what it means, what you can do, and what to ask the IT department or whoever runs the server for.\n" +
			"URL is that of the server, or any link into it, such as an invitation; without http:// or https:// it finds out which.\n" +
			"Exit code 0: a call can get through. 1: none can, or that could not be found out. 2: wrong usage.",
		OnUsageError: usage,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print the findings as JSON, with what the server says of itself"},
			&cli.BoolFlag{Name: "insecure", Usage: "take any certificate, such as a self-signed one"},
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			origin, guessed, err := doctorOrigin(cmd.Args().Slice())
			if err != nil {
				return usageError{err}
			}
			_, _ = fmt.Fprintf(cmd.Root().ErrWriter, "looking at %s, which may take half a minute …\n", origin.Host)
			report := doctor.Examine(ctx, origin, doctor.Options{
				Insecure: cmd.Bool("insecure"), Guessed: guessed, Proxy: doctor.ProxyFromEnvironment(), Patience: wayPatience, Log: slog.New(slog.DiscardHandler),
			})
			if ctx.Err() != nil {
				return errStopped
			}
			return tell(cmd, report)
		},
	}
}

func tell(cmd *cli.Command, report doctor.Report) error {
	out := cmd.Root().Writer
	if cmd.Bool("json") {
		text := json.NewEncoder(out)
		text.SetIndent("", "  ")
		if err := text.Encode(report); err != nil {
			return err
		}
	} else if err := report.Print(out); err != nil {
		return err
	}
	switch {
	case report.Verdict.GetsThrough():
		return nil
	case !report.Verdict.IsDecided():
		return errUndecided
	}
	return errNoCall
}

// doctorOrigin takes what a person would paste: a room's link, or a bare name, which is meant to be HTTPS unless it turns
// out otherwise (guessed).
func doctorOrigin(args []string) (origin *url.URL, guessed bool, err error) {
	if len(args) != 1 {
		return nil, false, errors.New("yodel doctor takes one URL, such as https://call.example.org")
	}
	text := strings.TrimFunc(args[0], isWrapping)
	if rest, bare := strings.CutPrefix(text, "//"); bare || !strings.Contains(text, "://") {
		text, guessed = "https://"+rest, true
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || strings.ContainsFunc(u.Host, unicode.IsSpace) {
		return nil, false, fmt.Errorf("%q is not an http or https URL", args[0])
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return nil, false, fmt.Errorf("%q has no port from 1 to 65535", args[0])
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.TrimSuffix(u.Host, ":")}, guessed, nil
}

// isWrapping tells what mails and messengers put around a link: white space seen and unseen, quotes, brackets.
func isWrapping(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("<>(){}\"'`“”„‘’«»《》「」,;。，", r)
}
