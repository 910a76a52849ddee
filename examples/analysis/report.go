package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// A report is a hook that collects the durations of one run.
type report struct {
	mu      sync.Mutex
	chunks  []time.Duration
	workers []core.WorkerEnd
	last    core.Progress
	rates   []float64 // items per second from one Progress to the next
	end     core.RunEnd
}

// A method with a wrong signature does not implement its interface, and core
// does not call it. These lines turn that into a compile error.
var (
	_ core.HookChunkEnd  = (*report)(nil)
	_ core.HookWorkerEnd = (*report)(nil)
	_ core.HookProgress  = (*report)(nil)
	_ core.HookRunEnd    = (*report)(nil)
)

func (*report) HookName() string { return "report" }

// OnChunkEnd and OnWorkerEnd are called concurrently, on the goroutines of the
// workers.

func (r *report) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.chunks = append(r.chunks, e.Duration)
}

func (r *report) OnWorkerEnd(_ context.Context, e core.WorkerEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.workers = append(r.workers, e)
}

// OnProgress and OnRunEnd are called one at a time.

func (r *report) OnProgress(_ context.Context, p core.Progress) {
	interval := p.Elapsed - r.last.Elapsed
	if interval < 50*time.Millisecond { // the last Progress may follow another one immediately
		return
	}
	r.rates = append(r.rates, float64(p.ItemsDone-r.last.ItemsDone)/interval.Seconds())
	r.last = p
}

func (r *report) OnRunEnd(_ context.Context, e core.RunEnd) { r.end = e }

// write writes the report after the run.
func (r *report) write(out io.Writer, stages []*stage) error {
	if len(r.chunks) == 0 {
		return nil
	}
	var b strings.Builder
	all := r.end.Duration * time.Duration(r.end.Workers)
	row := func(name string, d time.Duration) {
		fmt.Fprintf(&b, "  %-14s %8.3fs  %5.1f%%\n", name, d.Seconds(), share(d, all))
	}
	fmt.Fprintf(&b, "\ntime of the workers, %d for %.3fs\n", r.end.Workers, r.end.Duration.Seconds())
	rest := all
	for _, s := range stages {
		took := time.Duration(s.total.Load())
		row(s.name, took)
		rest -= took
	}
	row("anything else", rest)

	slices.Sort(r.chunks)
	fmt.Fprintf(&b, "\ntime of a chunk, of %d\n", len(r.chunks))
	for i, name := range []string{"p50", "p90", "p99", "longest"} {
		d := quantile(r.chunks, []int{50, 90, 99, 100}[i])
		fmt.Fprintf(&b, "  %-14s %8.3fms\n", name, d.Seconds()*1000)
	}

	fmt.Fprintf(&b, "\nfiles in a second\n  %-14s %8.0f\n", "average", float64(r.end.ItemsDone)/r.end.Duration.Seconds())
	if slices.Sort(r.rates); len(r.rates) > 0 {
		fmt.Fprintf(&b, "  %-14s %8.0f\n  %-14s %8.0f\n  %-14s %8.0f\n",
			"least", r.rates[0], "median", quantile(r.rates, 50), "greatest", quantile(r.rates, 100))
	}

	fmt.Fprintf(&b, "\nworker  chunks   files      busy\n")
	slices.SortFunc(r.workers, func(a, b core.WorkerEnd) int { return cmp.Compare(a.Worker, b.Worker) })
	for _, w := range r.workers {
		fmt.Fprintf(&b, "%6d  %6d  %6d  %7.3fs  %5.1f%%\n", w.Worker, w.Chunks, w.Items, w.Busy.Seconds(), share(w.Busy, r.end.Duration))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// share returns d as a percentage of the whole.
func share(d, whole time.Duration) float64 { return 100 * float64(d) / float64(whole) }

// quantile returns the smallest of the sorted values that is not exceeded by
// the given percentage of them.
func quantile[T any](sorted []T, percent int) T {
	return sorted[(len(sorted)*percent+99)/100-1]
}
