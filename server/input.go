package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
)

// input gathers the text of every setting: from the command line, else the environment, else the file, else the default.
// It serves one run of the command.
type input struct {
	file  configFile
	from  map[string]string // which source other than the command line gave a setting, by key
	given map[string]bool   // what any of them gave, by key
}

func newInput() *input { return &input{from: map[string]string{}, given: map[string]bool{}} }

// flags declares all settings. The first is --config: the library fills flags in their order, and the others look into
// the file it names.
func (in *input) flags() []cli.Flag {
	var flags []cli.Flag
	for _, s := range settings() {
		env, file := envSource{in, s}, fileSource{in, s}
		switch {
		case s.Flag == flagConfig:
			f := &cli.StringFlag{Name: s.key(), Category: s.group, Destination: &in.file.path, Sources: cli.NewValueSourceChain(env)}
			f.SetStringer(s.help)
			flags = append(flags, f)
		case s.repeated:
			f := &cli.StringSliceFlag{Name: s.key(), Category: s.group, Sources: cli.NewValueSourceChain(env, file)}
			f.SetStringer(s.help)
			flags = append(flags, f)
		default:
			f := &cli.StringFlag{Name: s.key(), Category: s.group, Value: s.Default, Sources: cli.NewValueSourceChain(env, file)}
			f.SetStringer(s.help)
			flags = append(flags, f)
		}
	}
	return flags
}

// help is the setting's line in --help; the tab separates its columns.
func (s setting) help(cli.Flag) string {
	line := fmt.Sprintf("%s %s\t%s", s.Flag, s.value, s.Usage)
	if s.repeated {
		line += "; may be repeated"
	}
	if s.Default != "" {
		line += fmt.Sprintf(" (default: %s)", s.Default)
	}
	return line + fmt.Sprintf(" [$%s]", s.Env)
}

// config turns what was gathered into a checked Config.
func (in *input) config(cmd *cli.Command) (Config, error) {
	if err := in.file.load(); err != nil {
		return Config{}, err
	}
	c := defaultConfig()
	for _, s := range settings() {
		if s.set == nil {
			continue
		}
		if err := in.apply(s, cmd, &c); err != nil {
			return Config{}, err
		}
	}
	if c.DataDir == "" {
		return Config{}, errors.New("--data-dir: there is no home directory to make one in: name a directory, or none to keep nothing")
	}
	if in.given["turn"] && c.ICE.Inside && len(c.ICE.TURN) > 0 {
		return Config{}, errors.New("--turn=on and --turn-url contradict each other: peers are given the TURN server inside, or another one")
	}
	c.ICE.Inside = c.ICE.Inside && len(c.ICE.TURN) == 0
	c.TURNHost.Secure = c.TURNHost.Host != "" && c.TLS != tlsOff
	if err := in.checkEffect(c); err != nil {
		return Config{}, err
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	if c.Limits.Off {
		c.Limits = Limits{Off: true}
	}
	return c, nil
}

// apply sets one member. An empty text is no text: such a setting keeps its default.
func (in *input) apply(s setting, cmd *cli.Command, c *Config) error {
	given := []string{cmd.String(s.key())}
	if s.repeated {
		given = cmd.StringSlice(s.key())
	}
	var values []string
	for _, text := range given {
		if text = strings.TrimSpace(text); text != "" {
			values = append(values, text)
		}
	}
	if len(values) == 0 {
		return nil
	}
	in.given[s.key()] = cmd.IsSet(s.key())
	if err := s.set(c, values); err != nil {
		return fmt.Errorf("%s: %w", in.name(s), err)
	}
	return nil
}

// name is what to call a setting whose value is wrong, so that a person finds the place.
func (in *input) name(s setting) string {
	if from := in.from[s.key()]; from != "" {
		return fmt.Sprintf("%s (from %s)", s.Flag, from)
	}
	return s.Flag
}

var (
	_ cli.ValueSource    = envSource{}
	_ cli.EnvValueSource = envSource{}
	_ cli.ValueSource    = fileSource{}
)

// envSource looks a setting up in the environment. An empty variable is an unset one, as in the files of container
// tools that pass every variable on.
type envSource struct {
	in *input
	setting
}

// Lookup implements cli.ValueSource.
func (e envSource) Lookup() (string, bool) {
	text := os.Getenv(e.Env)
	if text != "" {
		e.in.from[e.key()] = e.Env
	}
	return text, text != ""
}

// IsFromEnv implements cli.EnvValueSource.
func (e envSource) IsFromEnv() bool { return true }

// Key implements cli.EnvValueSource.
func (e envSource) Key() string { return e.Env }

// String implements cli.ValueSource.
func (e envSource) String() string { return "environment variable " + e.Env }

// GoString implements cli.ValueSource.
func (e envSource) GoString() string { return e.String() }

// fileSource looks a setting up in the file. What is wrong with the file itself is reported by input.config.
type fileSource struct {
	in *input
	setting
}

// Lookup implements cli.ValueSource.
func (f fileSource) Lookup() (string, bool) {
	if f.in.file.load() != nil {
		return "", false
	}
	text, ok := f.in.file.values[f.key()]
	if ok {
		f.in.from[f.key()] = f.in.file.path
	}
	return text, ok
}

// String implements cli.ValueSource.
func (f fileSource) String() string { return "configuration file" }

// GoString implements cli.ValueSource.
func (f fileSource) GoString() string { return f.String() }
