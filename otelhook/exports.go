package otelhook

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/chunkscope/chunkscope/internal/logonce"
)

// spanExports counts the spans that exporters reported with SpansExported.
type spanExports struct {
	reporter logonce.Reporter

	mu        sync.Mutex
	all, lost int
}

// SpansExported reports to the hook that an exporter of spans has exported n
// spans, or has lost them if err is not nil. The hook logs the first loss and the
// first export after it, at most one of them a minute, and Shutdown returns an
// error that counts the lost spans.
//
// An exporter that wraps another one calls it:
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
func (h *Hook) SpansExported(n int, err error) { h.exports.add(n, err, h.ErrorText) }

func (s *spanExports) add(n int, err error, text func(error) string) {
	s.mu.Lock()
	s.all += n
	if err != nil {
		s.lost += n
	}
	s.mu.Unlock()
	if err != nil {
		s.reporter.Failed("otelhook: spans are lost", slog.String("error", text(err)))
	} else {
		s.reporter.Recovered("otelhook: spans are exported again")
	}
}

// err returns an error that counts the lost spans, nil if there are none.
func (s *spanExports) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == 0 {
		return nil
	}
	return fmt.Errorf("otelhook: %d of %d spans lost", s.lost, s.all)
}
