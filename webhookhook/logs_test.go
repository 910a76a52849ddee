package webhookhook_test

import (
	"context"
	"log"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// logRecorder is a handler that keeps all records as lines.
type logRecorder struct {
	logged chan struct{} // closed with the first line; may be nil
	mu     sync.Mutex
	lines  []string
	at     []time.Time
}

func (l *logRecorder) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l *logRecorder) WithGroup(string) slog.Handler { return l }

func (l *logRecorder) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines == nil && l.logged != nil {
		close(l.logged)
	}
	l.lines, l.at = append(l.lines, line), append(l.at, r.Time)
	return nil
}

func (l *logRecorder) logger() *slog.Logger { return slog.New(l) }

func (e *endpoint) logger() *slog.Logger { return e.recorder.logger() }

func discardLog() *log.Logger { return slog.NewLogLogger(slog.DiscardHandler, 0) }

func (l *logRecorder) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// check checks that no line has a secret, and that the lines about each endpoint are at
// least a minute apart.
func (l *logRecorder) check(t *testing.T) {
	t.Helper()
	last := map[string]int{} // by hook and endpoint
	for i, line := range l.all() {
		checkNoCanary(t, "the log", line)
		_, endpoint, _ := strings.Cut(line, " hook=")
		endpoint, _, _ = strings.Cut(endpoint, " problem=")
		if before, ok := last[endpoint]; ok && l.at[i].Sub(l.at[before]) < time.Minute {
			t.Errorf("two lines in a minute: %q and %q", l.lines[before], line)
		}
		last[endpoint] = i
	}
}
