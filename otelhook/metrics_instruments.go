package otelhook

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/chunkscope/chunkscope/internal/ladder"
)

// instruments are those that events are recorded with.
type instruments struct {
	runDuration, chunkDuration metric.Float64Histogram
	chunkSize                  metric.Int64Histogram
	items, faults              metric.Int64Counter
}

func newInstruments(m *maker) instruments {
	return instruments{
		runDuration:   m.durations("chunkscope.run.duration", "How long runs took.", ladder.Run()),
		chunkDuration: m.durations("chunkscope.chunk.duration", "How long the work on chunks took.", ladder.Chunk()),
		chunkSize:     m.sizes("chunkscope.chunk.size", "{item}", "How many items chunks had.", ladder.ChunkSize()),
		items:         m.counter("chunkscope.items", "{item}", "Items that finished, failed ones included."),
		faults:        m.counter("chunkscope.hook.faults", "{fault}", "Faults of hooks: that they panicked, exited or are stuck."),
	}
}

// maker makes instruments of a meter. In place of one that the meter cannot
// make it returns one that does nothing; an observable one is nil then, since
// meters take only their own back.
type maker struct {
	meter metric.Meter
	errs  []error
}

// report tells OpenTelemetry, once, what could not be made.
func (m *maker) report() {
	if err := errors.Join(m.errs...); err != nil {
		otel.Handle(fmt.Errorf("otelhook: metrics will be missing: %w", err))
	}
}

func (m *maker) failed(err error) bool {
	if err != nil {
		m.errs = append(m.errs, err)
	}
	return err != nil
}

func (m *maker) durations(name, description string, bounds []float64) metric.Float64Histogram {
	i, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(bounds...))
	if m.failed(err) {
		return noop.Float64Histogram{}
	}
	return i
}

func (m *maker) sizes(name, unit, description string, bounds []float64) metric.Int64Histogram {
	i, err := m.meter.Int64Histogram(name, metric.WithUnit(unit), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(bounds...))
	if m.failed(err) {
		return noop.Int64Histogram{}
	}
	return i
}

func (m *maker) counter(name, unit, description string) metric.Int64Counter {
	i, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if m.failed(err) {
		return noop.Int64Counter{}
	}
	return i
}

func (m *maker) observedTotal(name, unit, description string) metric.Int64ObservableCounter {
	i, err := m.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if m.failed(err) {
		return nil
	}
	return i
}

func (m *maker) observedSeconds(name, description string) metric.Float64ObservableCounter {
	i, err := m.meter.Float64ObservableCounter(name, metric.WithUnit("s"), metric.WithDescription(description))
	if m.failed(err) {
		return nil
	}
	return i
}

func (m *maker) observedCount(name, unit, description string) metric.Int64ObservableUpDownCounter {
	i, err := m.meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if m.failed(err) {
		return nil
	}
	return i
}

func (m *maker) observedLevel(name, unit, description string) metric.Float64ObservableGauge {
	i, err := m.meter.Float64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
	if m.failed(err) {
		return nil
	}
	return i
}
