package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"yodel/server/doctor"
)

// wayPatience is how long `yodel doctor` waits for one way; it looks at all of them at once.
const wayPatience = 8 * time.Second

var errNoCall = errors.New("no call gets through from here")

// newDoctorCommand looks at a server from where it is run.
func newDoctorCommand(usage cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "find out whether calls get through to a server from here, and what to ask for if not",
		UsageText: "yodel doctor [options] URL",
		Description: "Looks at the server as the app would: its page, its streams, its relay by UDP, TCP and TLS, through the proxy of HTTPS_PROXY\n" +
			"or ALL_PROXY if there is one. Says what was found, what it means, and what to ask the IT department for.\n" +
			"Exit code 0: a call can get through. 1: none can. 2: wrong usage.",
		OnUsageError: usage,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print the findings as JSON, with what the server says of itself"},
			&cli.BoolFlag{Name: "insecure", Usage: "take any certificate, such as a self-signed one"},
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			origin, err := doctorOrigin(cmd.Args().Slice())
			if err != nil {
				return usageError{err}
			}
			report := doctor.Examine(ctx, origin, doctor.Options{
				Insecure: cmd.Bool("insecure"), Proxy: doctor.ProxyFromEnvironment(), Patience: wayPatience, Log: slog.New(slog.DiscardHandler),
			})
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
	if !report.Verdict.GetsThrough() {
		return errNoCall
	}
	return nil
}

// doctorOrigin takes what a person would paste: a room's link, or a bare name, which is meant to be HTTPS.
func doctorOrigin(args []string) (*url.URL, error) {
	if len(args) != 1 {
		return nil, errors.New("yodel doctor takes one URL, such as https://call.example.org")
	}
	text := args[0]
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not an http or https URL", args[0])
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
