package turnserver

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// loggers makes pion's log part of ours. What it calls an error is mostly news of clients that are gone or sent
// nonsense, which anybody can make it say as often as they like; so all of it is for debugging.
type loggers struct{ log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l loggers) NewLogger(scope string) logging.LeveledLogger { return logger{l.log, scope} }

type logger struct {
	log   *slog.Logger
	scope string
}

func (l logger) write(text string) { l.log.Debug("turn", "scope", l.scope, "message", text) }

func (l logger) writef(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) { // on the path of every packet
		l.write(fmt.Sprintf(format, args...))
	}
}

func (l logger) Trace(string)                    {}
func (l logger) Tracef(string, ...any)           {}
func (l logger) Debug(string)                    {}
func (l logger) Debugf(string, ...any)           {}
func (l logger) Info(text string)                { l.write(text) }
func (l logger) Infof(text string, args ...any)  { l.writef(text, args...) }
func (l logger) Warn(text string)                { l.write(text) }
func (l logger) Warnf(text string, args ...any)  { l.writef(text, args...) }
func (l logger) Error(text string)               { l.write(text) }
func (l logger) Errorf(text string, args ...any) { l.writef(text, args...) }
