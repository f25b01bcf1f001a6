package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v3"
)

// usageError is a wrong command line or configuration: exit code 2, where a failure while running is 1.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// exitCode is the exit code for what the command returned: 0 fine, 1 failed while running, 2 wrong usage or
// configuration. The command line library's own exit errors are about usage.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	var usage usageError
	var library cli.ExitCoder
	if errors.As(err, &usage) || errors.As(err, &library) {
		return 2
	}
	return 1
}

// newCommand declares the command line. serve is called with a checked Config; its error is returned as it is, for
// exitCode. The command prints help and version on its Writer, and no error: the caller does.
func newCommand(serve func(ctx context.Context, cfg Config) error) *cli.Command {
	usage := func(_ context.Context, _ *cli.Command, err error, _ bool) error { return usageError{err} }
	return &cli.Command{
		Name:                          "yodel",
		Usage:                         "a video call that gets through",
		Version:                       buildVersion(),
		HideHelpCommand:               true,
		OnUsageError:                  usage,
		ExitErrHandler:                func(context.Context, *cli.Command, error) {}, // ours to exit
		CustomRootCommandHelpTemplate: rootHelp,
		Action: func(_ context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return usageError{fmt.Errorf("unknown command %q (yodel --help lists them)", cmd.Args().First())}
			}
			cmd.Writer = cmd.ErrWriter // help nobody asked for is no output
			_ = cli.ShowRootCommandHelp(cmd)
			return usageError{errors.New("which command? yodel serve starts the server")}
		},
		Commands: []*cli.Command{newServeCommand(serve, usage), newDoctorCommand(usage), {
			Name:         "version",
			Usage:        "print the version",
			OnUsageError: usage,
			Action: func(_ context.Context, cmd *cli.Command) error {
				if err := refuseArguments(cmd); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.Root().Writer, "yodel %s\n", buildVersion())
				return err
			},
		}},
	}
}

func newServeCommand(serve func(context.Context, Config) error, usage cli.OnUsageErrorFunc) *cli.Command {
	in := newInput()
	return &cli.Command{
		Name:         "serve",
		Usage:        "serve the app and its signaling",
		UsageText:    "yodel serve [options]",
		Description:  "Every option is also an environment variable and a key of the YAML file named by --config.\nThe command line wins over the environment, the environment over the file. Durations: 500ms, 45s, 10m, 12h.",
		OnUsageError: usage,
		Flags:        in.flags(),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := refuseArguments(cmd); err != nil {
				return err
			}
			cfg, err := in.config(cmd)
			if err != nil {
				return usageError{err}
			}
			return serve(ctx, cfg)
		},
	}
}

func refuseArguments(cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usageError{fmt.Errorf("yodel %s takes no argument %q", cmd.Name, cmd.Args().First())}
	}
	return nil
}

// rootHelp lists the options of serve too, so that yodel --help shows everything there is.
var rootHelp = cli.RootCommandHelpTemplate + `
OPTIONS OF SERVE:
{{with .Command "serve"}}{{template "visibleFlagCategoryTemplate" .}}{{end}}`

// defaultConfig is what a server does when nobody says anything. DataDir is empty where there is no home.
func defaultConfig() Config {
	var c Config
	for _, s := range settings() {
		if s.Default == "" || s.set == nil {
			continue
		}
		if err := s.set(&c, []string{s.Default}); err != nil {
			panic(fmt.Sprintf("default of %s: %v", s.Flag, err)) // a mistake in the table; a test finds it
		}
	}
	c.DataDir = defaultDataDir()
	return c
}

// defaultDataDir is yodel in the user's state directory (XDG Base Directory Specification); "" where there is none.
func defaultDataDir() string {
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "yodel")
	}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "yodel")
	}
	return ""
}

// version is set by the linker for a release: -ldflags "-X main.version=v1.2.3".
var version string

// buildVersion is the release or, for a build of one's own, the module's version or commit; then Go and the platform.
func buildVersion() string {
	name, commit := version, ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if name == "" {
			name = strings.Trim(info.Main.Version, "()")
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				commit = s.Value[:12] + ", "
			}
		}
	}
	return fmt.Sprintf("%s (%s%s, %s/%s)", name, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
