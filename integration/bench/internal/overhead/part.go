// Package overhead measures the cost of observing a job: hooks that do nothing,
// the exporters, and single events in them.
package overhead

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// none is the base of most comparisons here.
const none = "no hook"

// Part measures hooks, exporters, and the cost of an event in each exporter.
func Part(quick bool) (trial.Part, error) {
	f, err := exporterset.New()
	if err != nil {
		return trial.Part{}, err
	}
	spin := workload.Spin(quick)
	hooks := []trial.Trial{hooksTrial(spin), noHooksTrial(spin), slowTrial(spin), emptyTrial(1, quick), emptyTrial(2, quick)}
	exporters := exportersTrial(spin, f)
	durations := durationTrials(f, quick)
	events, err := newEvents(f, quick)
	if err != nil {
		return trial.Part{}, err
	}
	p := trial.Part{Name: "overhead", Trials: append(hooks, exporters)}
	for _, d := range durations {
		p.Trials = append(p.Trials, d.trial)
	}
	for _, e := range events {
		p.Trials = append(p.Trials, e.trial)
	}
	p.Run = func(s *trial.Session) (report.Section, []bars.Reading) {
		section := report.Section{Title: "The cost of watching", Text: []string{
			"The hooks do nothing, so only calling them is measured. The exporters run, each with the real client of its backend: a registry; OpenTelemetry's SDK with a batching " +
				"processor and a periodic reader, to null exporters; a UDP socket on the loopback whose packets are read; HTTP in memory. All options are the defaults.",
		}}
		section, readings := reportHooks(s, section, hooks)
		result := s.Run(exporters)
		section.Tables = append(section.Tables, result.Table("Exporters, default options: 1 µs items in chunks that follow the clock"))
		readings = append(readings, result.Reading("exporters", "all four", none))
		section = reportDurations(s, section, durations)
		section, more := reportEvents(s, section, events)
		return section, append(readings, more...)
	}
	p.Close = func() { _ = f.Close() } // the null backends have nothing to say
	return p, nil
}

// mapWith is a variant of Map with hooks.
func mapWith(name string, w workload.Workload, hooks []core.Hook, opts ...core.Option) paired.Variant {
	e := core.NewExecutor(append(opts, core.WithName("bench"), core.WithWorkers(w.Workers))...)
	e.Register(hooks...)
	return paired.Variant{Name: name, Run: func() { workload.Must(core.Map(context.Background(), e, w.Items, w.Do)) }}
}
