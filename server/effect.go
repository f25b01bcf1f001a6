package main

import "fmt"

// A condition is what a setting needs to be read at all. One that is given and not read is a mistake in thought, even where
// it says the default: better a start that is refused than a server that does something else than was meant.
type condition struct {
	text  string // the end of "… is only read"
	holds func(Config) bool
}

var (
	withFiles    = []condition{{"with --tls=files", func(c Config) bool { return c.TLS == tlsFiles }}}
	withAuto     = []condition{{"with --tls=auto", func(c Config) bool { return c.TLS == tlsAuto }}}
	withTURN     = []condition{{"with TURN, which --turn=off turns off", func(c Config) bool { return c.ICE.Inside || len(c.ICE.TURN) > 0 }}}
	withInside   = []condition{{"with the TURN server inside, which --turn=off and --turn-url turn off", func(c Config) bool { return c.ICE.Inside }}}
	withExternal = append(withInside[:1:1], condition{"with --turn-relay=external", func(c Config) bool { return c.Relay.Mode == relayExternal }})

	withLimits       = []condition{{"with --limits=on", func(c Config) bool { return !c.Limits.Off }}}
	withInsideLimits = append(withLimits[:1:1], withInside...)
)

// checkEffect refuses a setting that was given, wherever it was, and has no effect beside the others.
func (in *input) checkEffect(c Config) error {
	for _, s := range settings() {
		for _, needed := range s.needs {
			if in.given[s.key()] && !needed.holds(c) {
				return fmt.Errorf("%s is only read %s", in.name(s), needed.text)
			}
		}
	}
	return nil
}
