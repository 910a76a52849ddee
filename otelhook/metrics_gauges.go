package otelhook

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/chunkscope/chunkscope/internal/health"
	"github.com/chunkscope/chunkscope/internal/live"
)

// upDownCounterSpecs are read from the active runs. Their values add up over
// executors and processes.
var upDownCounterSpecs = []struct {
	name, unit, description string
	read                    func(live.State) int
}{
	{"chunkscope.run.active", "{run}", "Runs that are active.", func(s live.State) int { return s.RunsActive }},
	{"chunkscope.chunk.active", "{chunk}", "Chunks being worked on.", func(s live.State) int { return s.ChunksActive }},
	{"chunkscope.items.expected", "{item}", "Items of the active runs.", func(s live.State) int { return s.ItemsExpected }},
	{"chunkscope.worker.limit", "{worker}", "The most chunks that the active runs work on at once.", func(s live.State) int { return s.Workers }},
	{"chunkscope.worker.active", "{worker}", "Workers of the active runs.", func(s live.State) int { return s.WorkersActive }},
}

// gaugeSpecs are levels, whose values do not add up. A gauge has no value while
// it is not ok.
var gaugeSpecs = []struct {
	name, unit, description string
	read                    func(s live.State, now time.Time) (value float64, ok bool)
}{
	{
		"chunkscope.progress", "1", "How much of the active runs is done, from 0 to 1.",
		func(s live.State, _ time.Time) (float64, bool) { return s.Progress, s.HasProgress },
	},
	{
		"chunkscope.throughput", "{item}/s", "Items that finish in a second, over the last few seconds.",
		func(s live.State, _ time.Time) (float64, bool) { return s.Throughput, true },
	},
	{
		"chunkscope.run.remaining", "s", "Estimated time until the last of the active runs ends.",
		func(s live.State, now time.Time) (float64, bool) {
			left, ok := s.Remaining(now)
			return left.Seconds(), ok
		},
	},
}

// registerObservables makes the instruments that a reader asks for their values,
// and registers one callback for all of them. It returns nil if the meter makes
// none.
func (m *metrics) registerObservables(builder *instrumentBuilder, sources *health.Sources) metric.Registration {
	var observables []metric.Observable
	upDownCounters := make([]metric.Int64ObservableUpDownCounter, len(upDownCounterSpecs))
	for i, spec := range upDownCounterSpecs {
		if upDownCounters[i] = builder.observableUpDownCounter(spec.name, spec.unit, spec.description); upDownCounters[i] != nil {
			observables = append(observables, upDownCounters[i])
		}
	}
	gauges := make([]metric.Float64ObservableGauge, len(gaugeSpecs))
	for i, spec := range gaugeSpecs {
		if gauges[i] = builder.observableGauge(spec.name, spec.unit, spec.description); gauges[i] != nil {
			observables = append(observables, gauges[i])
		}
	}
	busy := builder.observableSeconds("chunkscope.worker.busy", "Time that workers spent in user code, added with each chunk.")
	if busy != nil {
		observables = append(observables, busy)
	}
	hooks, healthObservables := m.newHealth(builder, sources)
	observables = append(observables, healthObservables...)
	if len(observables) == 0 {
		return nil
	}

	registration, err := builder.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		now := time.Now()
		for _, x := range m.executors.All() {
			state := x.live.Read()
			for i, spec := range upDownCounterSpecs {
				if upDownCounters[i] != nil {
					o.ObserveInt64(upDownCounters[i], int64(spec.read(state)), x.anyOutcome.observe...)
				}
			}
			for i, spec := range gaugeSpecs {
				if v, ok := spec.read(state, now); ok && gauges[i] != nil {
					o.ObserveFloat64(gauges[i], v, x.anyOutcome.observe...)
				}
			}
			if busy != nil {
				o.ObserveFloat64(busy, float64(x.busy.Load())/float64(time.Second), x.anyOutcome.observe...)
			}
		}
		return hooks.observe(o)
	}, observables...)
	if builder.noteError(err) {
		return nil
	}
	return registration
}
