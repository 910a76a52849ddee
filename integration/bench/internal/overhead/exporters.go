package overhead

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// exportersTrial has default options for everything, including the size of
// chunks.
func exportersTrial(w workload.Workload, f *exporterset.Set) trial.Trial {
	t := trial.Trial{Name: "exporters, default options", Gate: true, Rounds: 2, Base: mapWith(none, w, nil)}
	for _, n := range f.Named() {
		t.Others = append(t.Others, mapWith(n.Name, w, n.Hooks))
	}
	return t
}

// durationTrial has chunks of one duration.
type durationTrial struct {
	trial    trial.Trial
	duration time.Duration // nominal; 0 is an empty chunk
	chunks   int
	workers  int
}

// durationTrials range from empty chunks to those of the default options of
// Map.
func durationTrials(f *exporterset.Set, quick bool) []durationTrial {
	const busy = 40 * time.Millisecond                  // of both workers together, in one execution
	durations := []int{0, 1, 3, 10, 30, 100, 300, 1000} // µs
	if quick {
		durations = []int{0, 10, 1000}
	}
	var all []durationTrial
	for _, us := range durations {
		d := durationTrial{duration: time.Duration(us) * time.Microsecond, chunks: 40_000, workers: 2}
		if us > 0 {
			d.chunks = min(d.chunks, int(busy/d.duration))
		}
		if quick {
			d.chunks = max(d.chunks/4, 20)
		}
		w := workload.Workload{}
		w.Workers, w.Items, w.Do = d.workers, workload.Numbers(d.chunks), workload.Steps(900*us)
		if us == 0 {
			w.Do = func(context.Context, int) (uint64, error) { return 0, nil }
		}
		chunk := core.WithChunkSize(1)
		d.trial = trial.Trial{Name: "chunks of " + d.name(), Gate: true, Base: mapWith(none, w, nil, chunk)}
		for _, set := range hookSets() {
			d.trial.Others = append(d.trial.Others, mapWith(set.name, w, set.hooks, chunk))
		}
		for _, n := range f.Named() {
			d.trial.Others = append(d.trial.Others, mapWith(n.Name, w, n.Hooks, chunk))
		}
		all = append(all, d)
	}
	return all
}

func (d durationTrial) name() string {
	if d.duration == 0 {
		return "nothing"
	}
	return report.Short(d.duration)
}

// reportDurations shows the same numbers as shares and as nanoseconds.
func reportDurations(s *trial.Session, section report.Section, trials []durationTrial) report.Section {
	shares := report.Table{Title: "By the duration of chunks: time added", Columns: []string{"hooks"}}
	costs := report.Table{Title: "The same in a worker's time per chunk", Columns: []string{"hooks"}}
	plot := report.Plot{Title: "Overhead against chunk duration", X: "chunk duration, µs", Y: "time added, %"}
	noise := []any{"resolution"}
	variants := append([]paired.Variant{{Name: "A/A"}}, trials[0].trial.Others...)
	for i := len(variants) - 1; i >= 0; i-- { // all four come first, because the plot is about them
		plot.Curves = append(plot.Curves, report.Curve{Name: variants[i].Name})
	}
	added := make([][]float64, len(variants))
	durations := make([]time.Duration, len(trials))
	for _, v := range variants {
		shares.Rows = append(shares.Rows, []any{v.Name})
		costs.Rows = append(costs.Rows, []any{v.Name})
	}
	for n, d := range trials {
		result := s.Run(d.trial)
		durations[n] = d.duration
		shares.Columns = append(shares.Columns, d.name())
		costs.Columns = append(costs.Columns, d.name())
		noise = append(noise, report.Percent(100*result.Resolution))
		for i, v := range variants {
			share := 100 * (result.Over(v.Name, none).Median - 1)
			cost := result.Added(v.Name) * float64(d.workers) / float64(d.chunks)
			added[i] = append(added[i], share)
			shares.Rows[i] = append(shares.Rows[i], report.Percent(share))
			costs.Rows[i] = append(costs.Rows[i], report.Nanoseconds(math.Round(cost)))
			if d.duration > 0 {
				plot.Curves[len(variants)-1-i].Add(float64(d.duration)/1000, share)
			}
		}
	}
	shares.Columns = append(shares.Columns, fmt.Sprintf("at most %d %% from", negligible))
	for i := range variants {
		shares.Rows[i] = append(shares.Rows[i], negligibleFrom(added[i], durations))
	}
	shares.Rows = append(shares.Rows, append(noise, nil))
	section.Tables = append(section.Tables, shares, costs)
	section.Plots = append(section.Plots, plot)
	section.Text = append(section.Text, "Below 10 µs a chunk, nothing that looks at every chunk is free: reporting one costs readings of the clock and a word that all workers write, and an "+
		"exporter adds its own counters. The tables by duration say how much, and from which duration on it is a hundredth or less; shares below the resolution of their column are noise, and the "+
		"plot leaves out those below zero. This is why chunks of `Map` last 10 ms by default. Spans are a case of their own: a run makes at most 1,000 for chunks, so that runs of many "+
		"short chunks hardly see them.")
	return section
}

// negligible is the share of time, in percent, that is too small to matter.
const negligible = 1

// negligibleFrom returns the shortest duration from which on all shares are
// negligible, as a cell. A share that was not measured is not negligible.
func negligibleFrom(shares []float64, durations []time.Duration) any {
	from := len(shares)
	for from > 0 && shares[from-1] <= negligible {
		from--
	}
	if from == len(shares) {
		return "no duration here"
	}
	return durations[from]
}
