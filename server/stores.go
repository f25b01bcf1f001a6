package main

import (
	"errors"
	"log/slog"
	"path/filepath"
	"syscall"

	"yodel/store/memory"
	"yodel/store/records"
)

// openStores opens what is kept for good, and what rooms are like and what was said in them. closeStores closes both.
func openStores(cfg Config, log *slog.Logger) (records.Store, *memory.Store, error) {
	kept, err := openRecords(cfg, log)
	if err != nil {
		return nil, nil, usageError{err}
	}
	events, err := openEvents(cfg, log) // after the records, whose lock keeps a second process away
	if err == nil {
		return kept, events, nil
	}
	_ = kept.Close()
	if errors.Is(err, syscall.ENOSPC) {
		return nil, nil, err
	}
	return nil, nil, usageError{err}
}

func openRecords(cfg Config, log *slog.Logger) (records.Store, error) {
	if cfg.DataDir != noDataDir {
		return records.Open(cfg.DataDir)
	}
	secret, err := runtimeSecret()
	if err != nil {
		log.Warn("tokens will not outlive a restart", "error", err)
		return records.InMemory(), nil
	}
	return records.InMemoryWith(secret), nil
}

func openEvents(cfg Config, log *slog.Logger) (*memory.Store, error) {
	opts := memory.Options{Retention: cfg.EventRetention, MaxLogBytes: int(cfg.Limits.LogBytes), Log: log}
	if cfg.DataDir == noDataDir {
		return memory.New(opts), nil
	}
	opts.Dir = filepath.Join(cfg.DataDir, "journal")
	return memory.Open(opts)
}

func closeStores(kept records.Store, events *memory.Store, log *slog.Logger) {
	if err := events.Close(); err != nil {
		log.Error("what was said last may not outlive a loss of power", "error", err)
	}
	_ = kept.Close()
}
