package acme

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap/zapcore"
)

// bridge brings what certmagic logs into our log, at debug: step by step is for those who look for a mistake. Of what
// fails a person hears once, see steps.
type bridge struct {
	to     slog.Handler
	fields []zapcore.Field
}

var _ zapcore.Core = (*bridge)(nil)

// steps are errors that another one sums up, which comes when they are over and says when the next attempt is; and that of
// an attempt whose lock Close gave back before it did so itself.
var steps = map[string]bool{
	"challenge failed": true, "validating authorization": true, "could not get certificate from issuer": true, "job failed": true,
	"unable to unlock": true,
}

const sum = "will retry"

func level(of zapcore.Level) slog.Level {
	if of < zapcore.ErrorLevel {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// Enabled implements zapcore.Core.
func (b *bridge) Enabled(l zapcore.Level) bool { return b.to.Enabled(context.Background(), level(l)) }

// With implements zapcore.Core.
func (b *bridge) With(fields []zapcore.Field) zapcore.Core {
	return &bridge{b.to, append(b.fields[:len(b.fields):len(b.fields)], fields...)}
}

// Check implements zapcore.Core.
func (b *bridge) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if b.Enabled(e.Level) {
		return ce.AddCore(e, b)
	}
	return ce
}

// Write implements zapcore.Core.
func (b *bridge) Write(e zapcore.Entry, fields []zapcore.Field) error {
	at, message := level(e.Level), e.Message
	if steps[message] {
		at = slog.LevelDebug
	}
	if message == sum {
		message = "no certificate yet, trying again"
	}
	if !b.to.Enabled(context.Background(), at) {
		return nil
	}
	record := slog.NewRecord(time.Now(), at, message, 0)
	encoder := zapcore.NewMapObjectEncoder()
	for _, field := range append(b.fields[:len(b.fields):len(b.fields)], fields...) {
		field.AddTo(encoder)
	}
	for _, key := range slices.Sorted(maps.Keys(encoder.Fields)) {
		record.AddAttrs(slog.Any(key, encoder.Fields[key]))
	}
	return b.to.Handle(context.Background(), record)
}

// Sync implements zapcore.Core.
func (b *bridge) Sync() error { return nil }
