// Package allocs counts the allocations of runs. Unlike times, counts are the
// same on a busy machine.
package allocs

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/otelhook"
)

// few and many are the numbers of items that are compared to find the
// allocations of one more item or chunk.
const few, many = 1_000, 50_000

// Part counts allocations.
func Part() trial.Part {
	return trial.Part{Name: "allocations", Run: func(s *trial.Session) (report.Section, []bars.Reading) {
		s.Progress("allocations")
		f, err := exporterset.New()
		if err != nil {
			panic(err)
		}
		defer f.Close() //nolint:errcheck // the null backends have nothing to say
		section, readings := count(f)
		return section, append(readings, bars.Reading{Bar: "unrecorded spans", Value: float64(unrecordedSpans())})
	}}
}

func count(f *exporterset.Set) (report.Section, []bars.Reading) {
	section := report.Section{
		Title: "Allocations",
		Text:  []string{"Counted, not timed, so that they are the same on a busy machine. What a run allocates does not depend on the number of its items and chunks."},
	}
	runs, worst := perRun()
	items, item := perItem()
	chunks, readings := perChunk(f)
	section.Tables = []report.Table{runs, items, chunks}
	return section, append(readings, bars.Reading{Bar: "allocs/run", Value: worst}, bars.Reading{Bar: "allocs/item", Value: item})
}

// perRun counts runs without hooks.
func perRun() (t report.Table, worst float64) {
	t = report.Table{Title: "A run of Map without hooks", Columns: []string{"workers", "allocations", "16 and 3 per worker"}}
	for _, workers := range []int{1, 2, 8, 64} {
		e := core.NewExecutor(core.WithWorkers(workers))
		n, most := mapped(e, many), 16+3*workers
		worst = max(worst, n/float64(most))
		t.Rows = append(t.Rows, []any{workers, report.Ratio(n), most})
	}
	return t, worst
}

func mapped(e *core.Executor, n int) float64 {
	items := make([]int, n)
	return testing.AllocsPerRun(3, func() { workload.Must(core.Map(context.Background(), e, items, nothing)) })
}

func nothing(context.Context, int) (uint64, error) { return 0, nil }

// perItem counts the additional allocations of more items, without hooks.
func perItem() (t report.Table, worst float64) {
	forms := []struct {
		name string
		run  func(e *core.Executor, items []int) error
	}{
		{"Map", func(e *core.Executor, items []int) error {
			_, err := core.Map(context.Background(), e, items, nothing)
			return err
		}},
		{"ForEach", func(e *core.Executor, items []int) error {
			return core.ForEach(context.Background(), e, items, func(context.Context, int) error { return nil })
		}},
		{"Stream", func(e *core.Executor, items []int) (err error) {
			source := func(yield func(int, error) bool) {
				for _, v := range items {
					if !yield(v, nil) {
						return
					}
				}
			}
			core.Stream(context.Background(), e, source, nothing)(func(_ uint64, failed error) bool {
				err = failed
				return err == nil
			})
			return err
		}},
	}
	t = report.Table{Title: "An item", Columns: []string{"function", "allocations per item"}}
	for _, form := range forms {
		e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(500))
		of := func(n int) float64 {
			items := make([]int, n)
			return testing.AllocsPerRun(3, func() { workload.Must(0, form.run(e, items)) })
		}
		n := max(0, (of(many)-of(few))/(many-few))
		worst = max(worst, n)
		t.Rows = append(t.Rows, []any{form.name, report.Ratio(n)})
	}
	return t, worst
}

// perChunk counts the additional allocations of more chunks, with each
// exporter.
func perChunk(f *exporterset.Set) (t report.Table, readings []bars.Reading) {
	t = report.Table{Title: "A chunk", Columns: []string{"hooks", "allocations per chunk"}}
	for _, n := range append([]exporterset.Named{{Name: "none"}}, f.Named()...) {
		e := core.NewExecutor(core.WithName("bench"), core.WithWorkers(2), core.WithChunkSize(1))
		e.Register(n.Hooks...)
		chunk := max(0, (mapped(e, many)-mapped(e, few))/(many-few))
		t.Rows = append(t.Rows, []any{n.Name, report.Ratio(chunk)})
		switch n.Name {
		case "promhook", "statsdhook", "webhookhook", "uihook":
			readings = append(readings, bars.Reading{Bar: "allocs/" + n.Name, Value: chunk})
		case "otelhook, metrics alone":
			readings = append(readings, bars.Reading{Bar: "allocs/otelhook", Value: chunk})
		}
	}
	return t, readings
}

// unrecordedSpans runs chunks in a run that is not recorded, and counts the
// spans besides that of the run.
func unrecordedSpans() int {
	var s neverSampler
	p := sdktrace.NewTracerProvider(sdktrace.WithSampler(&s))
	defer p.Shutdown(context.Background()) //nolint:errcheck // it has nothing to export
	e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1))
	e.Register(otelhook.New(otelhook.WithTracerProvider(p), otelhook.WithoutMetrics()))
	if _, err := core.Map(context.Background(), e, make([]int, 100), nothing); err != nil {
		panic(fmt.Sprintf("allocs: %v", err))
	}
	return int(s.asked.Load()) - 1
}

// neverSampler is a sampler that keeps no span and counts its calls.
type neverSampler struct{ asked atomic.Int64 }

func (s *neverSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.asked.Add(1)
	return sdktrace.NeverSample().ShouldSample(p)
}

func (*neverSampler) Description() string { return "none, counted" }
