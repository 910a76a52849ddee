// Package logonce logs failures that repeat: a record when something begins to
// fail and one when it works again, at most one a minute.
package logonce

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// interval is the least time between two records of a Reporter.
const interval = time.Minute

// Reporter logs how one thing is doing: a connection, a queue, an endpoint. Its
// zero value logs to slog.Default. It is safe for concurrent use.
type Reporter struct {
	// Logger gets the records; nil stands for slog.Default at the time of each.
	Logger *slog.Logger
	// Attrs are part of every record.
	Attrs []slog.Attr

	mu   sync.Mutex
	last string // the failure that was logged last, empty while all is well
	at   time.Time
}

// Failed logs a failure at level Warn, unless the same one was logged last or
// the last record is less than a minute old.
func (r *Reporter) Failed(message string, attrs ...slog.Attr) {
	if r.due(message) {
		r.log(slog.LevelWarn, message, attrs)
	}
}

// Recovered logs, at level Info, that what failed works again. It logs nothing
// if no failure was logged, or the last record is less than a minute old.
func (r *Reporter) Recovered(message string, attrs ...slog.Attr) {
	if r.due("") {
		r.log(slog.LevelInfo, message, attrs)
	}
}

// due reports whether a failure, empty for none, is to be logged now.
func (r *Reporter) due(failure string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if failure == r.last || !r.at.IsZero() && now.Sub(r.at) < interval {
		return false
	}
	r.last, r.at = failure, now
	return true
}

func (r *Reporter) log(level slog.Level, message string, attrs []slog.Attr) {
	Log(r.Logger, level, message, append(r.Attrs[:len(r.Attrs):len(r.Attrs)], attrs...)...)
}

// Log logs a record and survives the handler, which is user code. A nil logger
// stands for slog.Default.
func Log(l *slog.Logger, level slog.Level, message string, attrs ...slog.Attr) {
	_ = guard.Call(func() error { // there is nowhere left to report it
		if l == nil {
			l = slog.Default()
		}
		l.LogAttrs(context.Background(), level, message, attrs...)
		return nil
	})
}
