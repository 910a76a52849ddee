package otelhook

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/live"
)

// counts are read from the active runs, and add up over executors and processes.
var counts = []struct {
	name, unit, description string
	read                    func(live.State) int
}{
	{"chunkscope.run.active", "{run}", "Runs that are active.", func(s live.State) int { return s.RunsActive }},
	{"chunkscope.chunk.active", "{chunk}", "Chunks being worked on.", func(s live.State) int { return s.ChunksActive }},
	{"chunkscope.items.expected", "{item}", "Items of the active runs.", func(s live.State) int { return s.ItemsExpected }},
	{"chunkscope.worker.limit", "{worker}", "The most chunks that the active runs work on at once.", func(s live.State) int { return s.Workers }},
	{"chunkscope.worker.active", "{worker}", "Workers of the active runs.", func(s live.State) int { return s.WorkersActive }},
}

// levels do not add up. They have no value while there is nothing to tell.
var levels = []struct {
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

// observe makes the instruments that are read rather than recorded with, and
// lets the meter read them all in one go.
func (m *metrics) observe(with *maker, hooks []core.StatsReporter) metric.Registration {
	var all []metric.Observable
	counters := make([]metric.Int64ObservableUpDownCounter, len(counts))
	for i, c := range counts {
		if counters[i] = with.observedCount(c.name, c.unit, c.description); counters[i] != nil {
			all = append(all, counters[i])
		}
	}
	gauges := make([]metric.Float64ObservableGauge, len(levels))
	for i, l := range levels {
		if gauges[i] = with.observedLevel(l.name, l.unit, l.description); gauges[i] != nil {
			all = append(all, gauges[i])
		}
	}
	busy := with.observedSeconds("chunkscope.worker.busy", "Time that workers spent in user code, added with each chunk.")
	if busy != nil {
		all = append(all, busy)
	}
	health, others := m.newHealth(with, hooks)
	all = append(all, others...)
	if len(all) == 0 {
		return nil
	}

	registration, err := with.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		now := time.Now()
		for _, x := range m.executors.All() {
			state := x.live.Read()
			for i, c := range counts {
				if counters[i] != nil {
					o.ObserveInt64(counters[i], int64(c.read(state)), x.all.observe...)
				}
			}
			for i, l := range levels {
				if v, ok := l.read(state, now); ok && gauges[i] != nil {
					o.ObserveFloat64(gauges[i], v, x.all.observe...)
				}
			}
			if busy != nil {
				o.ObserveFloat64(busy, float64(x.busy.Load())/float64(time.Second), x.all.observe...)
			}
		}
		return health.observe(o)
	}, all...)
	if with.failed(err) {
		return nil
	}
	return registration
}
