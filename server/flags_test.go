package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// help runs the command and returns what it wrote.
func help(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand(func(context.Context, Config) error { t.Error("served"); return nil })
	cmd.Writer, cmd.ErrWriter = &out, &out
	if err := cmd.Run(t.Context(), args); err != nil {
		t.Errorf("%v: %v", args, err)
	}
	return out.String()
}

func TestHelpListsEverySettingWithItsVariableAndDefault(t *testing.T) {
	for _, args := range [][]string{{"yodel", "--help"}, {"yodel", "serve", "--help"}, {"yodel", "serve", "-h"}} {
		out := help(t, args...)
		for _, s := range settings() {
			line := ""
			for l := range strings.Lines(out) {
				if strings.HasPrefix(strings.TrimSpace(l), s.Flag+" ") {
					line = l
				}
			}
			if !strings.Contains(line, "[$"+s.Env+"]") || !strings.Contains(line, s.Usage) || !strings.Contains(line, s.Default) {
				t.Errorf("%v: %s: %q", args, s.Flag, line)
			}
		}
	}
}

func TestTheSettingsTableIsConsistent(t *testing.T) {
	seen := map[string]bool{}
	for i, s := range settings() {
		if seen[s.Flag] || !strings.HasPrefix(s.Flag, "--") || !strings.HasPrefix(s.Env, "YODEL_") || s.Usage == "" || s.value == "" || s.group == "" {
			t.Errorf("%+v", s)
		}
		if (s.set == nil) != (i == 0) || (s.Flag == flagConfig) != (i == 0) {
			t.Errorf("%s: --config alone sets nothing, and comes first", s.Flag)
		}
		seen[s.Flag] = true
	}
}

func TestVersion(t *testing.T) {
	if out := help(t, "yodel", "version"); !strings.HasPrefix(out, "yodel ") || strings.Count(out, "\n") != 1 {
		t.Errorf("%q", out)
	}
	if out := help(t, "yodel", "--version"); !strings.Contains(out, buildVersion()) {
		t.Errorf("%q", out)
	}
}

func TestWrongCommands(t *testing.T) {
	for name, args := range map[string][]string{
		"no command":                {"yodel"},
		"unknown command":           {"yodel", "sing"},
		"unknown flag":              {"yodel", "--loud"},
		"argument of version":       {"yodel", "version", "2"},
		"flag of version":           {"yodel", "version", "--loud"},
		"help for what is no topic": {"yodel", "serve", "--help", "x"},
	} {
		var out, errs bytes.Buffer
		cmd := newCommand(func(context.Context, Config) error { t.Error("served"); return nil })
		cmd.Writer, cmd.ErrWriter = &out, &errs
		if err := cmd.Run(t.Context(), args); exitCode(err) != 2 || out.Len() > 0 {
			t.Errorf("%s: exit code %d, %v; wrote %q", name, exitCode(err), err, out.String())
		}
	}
}

func TestAFailureWhileServingIsPassedOn(t *testing.T) {
	failure := errors.New("disk full")
	cmd := newCommand(func(context.Context, Config) error { return failure })
	err := cmd.Run(t.Context(), []string{"yodel", "serve", "--data-dir=none"})
	if !errors.Is(err, failure) || exitCode(err) != 1 {
		t.Errorf("%v, exit code %d", err, exitCode(err))
	}
}
