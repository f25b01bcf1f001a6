package acme_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"yodel/server/certs/acme"
)

// warnings is a log that hands on what a person would see of it.
type warnings struct{ said chan slog.Record }

func (w warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (w warnings) WithAttrs([]slog.Attr) slog.Handler               { return w }
func (w warnings) WithGroup(string) slog.Handler                    { return w }
func (w warnings) Handle(_ context.Context, r slog.Record) error {
	w.said <- r
	return nil
}

// An attempt that fails is one line, which says for what, why, and when the next one is. The authority here is a port at
// which nobody listens.
func TestAFailedAttemptIsOneLine(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	said := make(chan slog.Record, 100)
	m := acme.New(acme.Config{Dir: t.TempDir(), Domains: []string{"call.example.org"}, CA: "https://" + nobody.String() + "/dir"}, slog.New(warnings{said}))
	if err := m.Start(t.Context(), nobody); err != nil {
		t.Fatal(err)
	}
	select {
	case record := <-said:
		text := record.Message
		record.Attrs(func(a slog.Attr) bool {
			text += " " + a.String()
			return true
		})
		for _, part := range []string{"no certificate yet, trying again", "call.example.org", "connection refused", "retrying_in"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q does not say %q", text, part)
			}
		}
	case <-time.After(time.Minute):
		t.Error("nothing is said")
	case <-m.Some():
		t.Error("there is a certificate")
	}
	m.Close()
	if len(said) > 0 {
		t.Errorf("and then %q", (<-said).Message)
	}
}
