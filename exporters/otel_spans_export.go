package exporters

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// spanExporter is an exporter for several queues, which takes one batch at a time
// and can be stopped.
type spanExporter struct {
	exporter sdktrace.SpanExporter
	signal   *otelSignal
	errors   *otelErrors   // words its errors
	timeout  time.Duration // of one export
	turn     chan struct{} // holds a value during an export; queues get it in the order in which they ask
	stopped  context.Context
	stop     context.CancelFunc // ends the export under way, and those that would come
}

func newSpanExporter(exporter sdktrace.SpanExporter, signal *otelSignal, errs *otelErrors) *spanExporter {
	timeout := batchSetting("OTEL_BSP_EXPORT_TIMEOUT", sdktrace.DefaultExportTimeout, math.MaxInt32)
	e := &spanExporter{exporter: exporter, signal: signal, errors: errs, timeout: time.Duration(timeout) * time.Millisecond, turn: make(chan struct{}, 1)}
	e.stopped, e.stop = context.WithCancel(context.Background())
	return e
}

func (e *spanExporter) isStopped() bool { return e.stopped.Err() != nil }

// export exports spans when it is their turn. Its error has no secrets. It is a
// *partialSuccess if the collector took the request. An exporter that ignores its
// context is left behind, and keeps its turn until it returns.
func (e *spanExporter) export(spans []sdktrace.ReadOnlySpan) error {
	select {
	case e.turn <- struct{}{}:
	case <-e.stopped.Done():
		return context.Cause(e.stopped)
	}
	ctx, cancel := context.WithTimeout(e.stopped, e.timeout)
	defer cancel()
	return call(ctx, func(ctx context.Context) error {
		defer func() { <-e.turn }()
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return e.worded(e.exporter.ExportSpans(ctx, spans))
	})
}

// shutdown shuts the exporter down. It returns when ctx ends, even if the exporter
// does not.
func (e *spanExporter) shutdown(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- call(ctx, e.exporter.Shutdown) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the exporter has not ended: %w", context.Cause(ctx))
	}
}

// partialSuccess is the answer of a collector that took a request, but rejected
// some of its spans or has a warning. otelhook counts the rejected ones.
type partialSuccess struct {
	error
	rejected int
}

func (e *partialSuccess) Rejected() int { return e.rejected }

// worded words the error of an export, without secrets.
func (e *spanExporter) worded(err error) error {
	if n, ok := rejectedSpans(err); ok {
		return &partialSuccess{e.errors.clean(err), n}
	}
	return e.errors.failure(e.signal, err)
}

// rejectedSpans returns how many spans a collector rejected, and whether err says
// nothing else. OpenTelemetry's exporters have a type PartialSuccess for that,
// each one its own in an internal package.
func rejectedSpans(err error) (rejected int, ok bool) {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself, as every part counts
	case nil:
		return 0, false
	case interface{ Unwrap() error }:
		return rejectedSpans(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			n, ok := rejectedSpans(part)
			if !ok {
				return 0, false
			}
			rejected += n
		}
		return rejected, len(e.Unwrap()) > 0
	}
	v := reflect.ValueOf(err)
	if v.Kind() != reflect.Struct || v.Type().Name() != "PartialSuccess" {
		return 0, false
	}
	n := v.FieldByName("RejectedItems")
	if !n.IsValid() || !n.CanInt() {
		return 0, false
	}
	return int(n.Int()), true
}
