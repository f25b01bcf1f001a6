package main

import (
	"errors"
	"log/slog"
	"path/filepath"
	"syscall"

	"yodel/store/memory"
	"yodel/store/records"
)

// openRecords opens what is kept for good. Nobody else can while it is open.
func openRecords(cfg Config, log *slog.Logger) (records.Store, error) {
	if cfg.DataDir != noDataDir {
		kept, err := records.Open(cfg.DataDir)
		if err != nil {
			return nil, usageError{err}
		}
		return kept, nil
	}
	secret, err := runtimeSecret()
	if err != nil {
		log.Warn("tokens will not outlive a restart", "error", err)
		return records.InMemory(), nil
	}
	return records.InMemoryWith(secret), nil
}

// openEvents opens what rooms are like and what was said in them: after the records, whose lock keeps a second process
// away.
func openEvents(cfg Config, log *slog.Logger) (*memory.Store, error) {
	opts := memory.Options{Retention: cfg.EventRetention, MaxLogBytes: int(cfg.Limits.LogBytes), Log: log}
	if cfg.DataDir == noDataDir {
		return memory.New(opts), nil
	}
	opts.Dir = filepath.Join(cfg.DataDir, "journal")
	events, err := memory.Open(opts)
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		return nil, usageError{err}
	}
	return events, err
}

func closeEvents(events *memory.Store, log *slog.Logger) {
	if err := events.Close(); err != nil {
		log.Error("what was said last may not outlive a loss of power", "error", err)
	}
}
