package otelhook

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/chunkscope/chunkscope/internal/ladder"
)

// instruments are those that events record to.
type instruments struct {
	runDuration, chunkDuration, chunkWait     metric.Float64Histogram
	chunkSize                                 metric.Int64Histogram
	items, faults, chunkAttempts, workersLost metric.Int64Counter
}

func newInstruments(builder *instrumentBuilder) instruments {
	return instruments{
		runDuration:   builder.durationHistogram("chunkscope.run.duration", "How long runs took.", ladder.Run()),
		chunkDuration: builder.durationHistogram("chunkscope.chunk.duration", "How long the work on chunks took.", ladder.Chunk()),
		chunkSize:     builder.sizeHistogram("chunkscope.chunk.size", "{item}", "How many items chunks had.", ladder.ChunkSize()),
		chunkWait:     builder.durationHistogram("chunkscope.chunk.wait", "How long chunks done elsewhere waited.", ladder.Chunk()),
		chunkAttempts: builder.counter("chunkscope.chunk.attempts", "{attempt}", "Attempts at chunks done elsewhere."),
		workersLost:   builder.counter("chunkscope.remote.workers_lost", "{worker}", "Remote workers that were lost with a chunk."),
		items:         builder.counter("chunkscope.items", "{item}", "Items that finished, failed ones included."),
		faults:        builder.counter("chunkscope.hook.faults", "{fault}", "Faults of hooks: that they panicked, exited or are stuck."),
	}
}

// instrumentBuilder makes instruments of a meter and collects the meter's
// errors. An instrument that the meter refuses does nothing. An observable one
// is nil, because a meter accepts only its own in RegisterCallback.
type instrumentBuilder struct {
	meter metric.Meter
	errs  []error
}

// reportErrors reports all errors to OpenTelemetry's handler, as one.
func (b *instrumentBuilder) reportErrors() {
	if err := errors.Join(b.errs...); err != nil {
		otel.Handle(fmt.Errorf("otelhook: metrics will be missing: %w", err))
	}
}

// noteError collects an error, and reports whether there was one.
func (b *instrumentBuilder) noteError(err error) bool {
	if err != nil {
		b.errs = append(b.errs, err)
	}
	return err != nil
}

func (b *instrumentBuilder) durationHistogram(name, description string, bounds []float64) metric.Float64Histogram {
	i, err := b.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(bounds...))
	if b.noteError(err) {
		return noop.Float64Histogram{}
	}
	return i
}

func (b *instrumentBuilder) sizeHistogram(name, unit, description string, bounds []float64) metric.Int64Histogram {
	i, err := b.meter.Int64Histogram(name, metric.WithUnit(unit), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(bounds...))
	if b.noteError(err) {
		return noop.Int64Histogram{}
	}
	return i
}

func (b *instrumentBuilder) counter(name, unit, description string) metric.Int64Counter {
	i, err := b.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if b.noteError(err) {
		return noop.Int64Counter{}
	}
	return i
}

func (b *instrumentBuilder) observableCounter(name, unit, description string) metric.Int64ObservableCounter {
	i, err := b.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if b.noteError(err) {
		return nil
	}
	return i
}

func (b *instrumentBuilder) observableSeconds(name, description string) metric.Float64ObservableCounter {
	i, err := b.meter.Float64ObservableCounter(name, metric.WithUnit("s"), metric.WithDescription(description))
	if b.noteError(err) {
		return nil
	}
	return i
}

func (b *instrumentBuilder) observableUpDownCounter(name, unit, description string) metric.Int64ObservableUpDownCounter {
	i, err := b.meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if b.noteError(err) {
		return nil
	}
	return i
}

func (b *instrumentBuilder) observableGauge(name, unit, description string) metric.Float64ObservableGauge {
	i, err := b.meter.Float64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
	if b.noteError(err) {
		return nil
	}
	return i
}
