package otelhook

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/logonce"
)

// Reasons for which spans are dropped.
const (
	reasonSend     = "send_error" // the export failed
	reasonRejected = "rejected"   // the backend took the request without them
	reasonClosed   = "closed"     // they ended after Shutdown, which refused them
)

// spanExports counts what became of spans after their end, as it was reported.
type spanExports struct {
	reporter logonce.Reporter
	ended    atomic.Uint64 // for each span; everything else is for each export

	mu                sync.Mutex
	delivered, errors uint64
	dropped           map[string]uint64 // by reason
	lossToLog         string            // the reason of the last loss that was not logged
}

// SpansEnded reports to the hook that n spans have ended and go to an exporter.
// They are pending until SpansExported or SpansDropped reports what became of
// them. A span processor that hands spans to another one calls it before it does.
// SpansEnded neither allocates nor locks, and is safe for concurrent use.
func (h *Hook) SpansEnded(n int) { h.exports.ended.Add(uint64(max(0, n))) }

// SpansDropped reports to the hook that n spans were dropped before an export, and
// why: "queue_full" or "closed", for instance. The next call of SpansExported logs
// it, so that SpansDropped may be called by a worker. Spans that were refused
// because they ended after a Shutdown, for the reason "closed", are counted but
// not lost. SpansDropped is safe for concurrent use.
func (h *Hook) SpansDropped(n int, reason string) {
	if n > 0 {
		h.exports.drop(n, reason)
	}
}

// SpansExported reports to the hook that an exporter of spans has exported n
// spans, or has lost them if err is not nil. If err has a method Rejected() int,
// the backend took the request without that many of the spans: the others are
// delivered, and an error that rejects none is a warning.
//
// The hook logs the first loss and the first export after it, at most one of them
// a minute. [Hook.Stats] and the error of Shutdown count the lost spans. An
// exporter that wraps another one calls it:
//
//	func (e *reportingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
//		err := e.SpanExporter.ExportSpans(ctx, spans)
//		e.hook.SpansExported(len(spans), err)
//		return nil // the hook has logged it, and the SDK need not
//	}
//
// The hook logs the text of err as [Hook.ErrorText] returns it. The count includes
// spans of user code, if the exporter gets those too. SpansExported is safe for
// concurrent use.
func (h *Hook) SpansExported(n int, err error) { h.exports.exported(max(0, n), err, h.ErrorText) }

// Stats returns what became of the spans that have ended, also those of user code
// where they are reported. An ended span that is recorded counts as delivered to
// its provider, which does not say what becomes of it, until SpansEnded,
// SpansExported or SpansDropped reports more: from then on, their counts are all
// that counts. Chunks without a span because of WithMaxChunkSpans are no loss.
func (h *Hook) Stats() core.HookStats {
	stats, reported := h.exports.stats()
	if !reported && h.tracing != nil {
		stats.Produced = h.tracing.ended.Load()
		stats.Delivered = stats.Produced
	}
	return stats
}

func (s *spanExports) drop(n int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropped == nil {
		s.dropped = map[string]uint64{}
	}
	s.dropped[reason] += uint64(n)
	if reason != reasonClosed {
		s.lossToLog = reason
	}
}

func (s *spanExports) exported(n int, err error, text func(error) string) {
	lost, reason := lostSpans(n, err)
	if lost > 0 {
		s.drop(lost, reason)
	}
	s.mu.Lock()
	s.delivered += uint64(n - lost)
	if lost > 0 {
		s.errors++
	}
	loss := s.lossToLog
	s.lossToLog = ""
	s.mu.Unlock()

	var attrs []slog.Attr
	if loss != "" {
		attrs = append(attrs, slog.String("reason", loss))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", text(err)))
	}
	switch stats, _ := s.stats(); {
	case loss != "":
		s.reporter.Failed("otelhook: spans are lost", attrs...)
	case err != nil:
		s.reporter.Failed("otelhook: the backend takes spans with a warning", attrs...)
	case stats.Pending == 0: // before that, the queue may still be full
		s.reporter.Recovered("otelhook: spans are exported again")
	}
}

// lostSpans returns how many of n spans an export lost, and why. The methods of
// err are user code.
func lostSpans(n int, err error) (lost int, reason string) {
	if err == nil {
		return 0, ""
	}
	lost, reason = n, reasonSend
	_ = guard.Call(func() error { // an error that breaks lost them all
		var partial interface{ Rejected() int }
		if errors.As(err, &partial) {
			lost, reason = min(n, max(0, partial.Rejected())), reasonRejected
		}
		return nil
	})
	return lost, reason
}

// stats returns what was reported, and whether anything was.
func (s *spanExports) stats() (stats core.HookStats, reported bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats = core.HookStats{Delivered: s.delivered, Errors: s.errors, Dropped: maps.Clone(s.dropped)}
	settled := stats.Delivered
	for _, n := range stats.Dropped {
		settled += n
	}
	stats.Produced = max(s.ended.Load(), settled) // who reports exports alone reports them at once
	stats.Pending = stats.Produced - settled
	return stats, stats.Produced > 0
}

// err returns an error that counts the lost spans by reason, nil if there are
// none. Refused spans were not accepted, and so they are not lost.
func (s *spanExports) err() error {
	stats, _ := s.stats()
	accepted, lost := stats.Produced-stats.Dropped[reasonClosed], uint64(0)
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(stats.Dropped)) {
		if n := stats.Dropped[reason]; reason != reasonClosed && n > 0 {
			lost += n
			reasons = append(reasons, fmt.Sprintf("%d %s", n, reason))
		}
	}
	if lost == 0 {
		return nil
	}
	return fmt.Errorf("otelhook: %d of %d spans lost: %s", lost, accepted, strings.Join(reasons, ", "))
}
