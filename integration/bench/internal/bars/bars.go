// Package bars has the limits of speed and memory of the project, and compares
// measurements with them.
package bars

import (
	"fmt"
	"slices"

	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
)

// Bar is the limit of a measured number.
type Bar struct {
	Name  string
	What  string
	Limit float64
	Unit  Unit
}

// Unit is the unit of a bar.
type Unit uint8

// The units. Ratios are measured with a clock and have a resolution; all others
// are counted.
const (
	Ratio  Unit = iota // of two times
	Number             // independent of the machine
	Bytes              // of memory
	Growth             // of memory
)

// all has all bars. Parts use its names for their readings.
var all = []Bar{
	{"map/tiny", "Map / best hand-written loop, 2 ns items", 1.10, Ratio},
	{"map/spin", "Map / best hand-written loop, 1 µs items", 1.03, Ratio},
	{"map/heavy-first", "Map / best hand-written loop, uneven items, heavy first", 1.03, Ratio},
	{"map/heavy-last", "Map / best hand-written loop, uneven items, heavy last", 1.03, Ratio},
	{"map/sleep", "Map / best hand-written loop, 1 ms waits, 64 workers", 1.05, Ratio},

	{"conc/tiny", "Map / conc iter.Mapper, 2 ns items", 0.25, Ratio},
	{"conc/spin", "Map / conc iter.Mapper, 1 µs items", 1.02, Ratio},
	{"conc/heavy-first", "Map / conc iter.Mapper, heavy first", 1.02, Ratio},
	{"conc/heavy-last", "Map / conc iter.Mapper, heavy last", 1.02, Ratio},
	{"conc/sleep", "Map / conc iter.Mapper, 1 ms waits", 1.02, Ratio},
	{"errgroup/tiny", "Map / errgroup per item, 2 ns items", 0.015, Ratio},
	{"errgroup/spin", "Map / errgroup per item, 1 µs items", 1.02, Ratio},
	{"errgroup/heavy-first", "Map / errgroup per item, heavy first", 1.02, Ratio},
	{"errgroup/heavy-last", "Map / errgroup per item, heavy last", 1.02, Ratio},
	{"errgroup/sleep", "Map / errgroup per item, 1 ms waits", 1.02, Ratio},

	{"no hooks", "Map without hooks / the same loop without tracking code", 1.02, Ratio},
	{"empty/1", "a chunk hook, empty chunks / loop with as many clock reads, 1 worker", 2, Ratio},
	{"empty/2", "a chunk hook, empty chunks / loop with as many clock reads, 2 workers", 2, Ratio},

	{"hooks/OnProgress", "OnProgress / no hook, 20 µs chunks (the Python project claims under 1 %)", 1.01, Ratio},
	{"hooks/OnChunkEnd", "OnChunkEnd / no hook, 20 µs chunks (the Python project claims under 2 %)", 1.01, Ratio},
	{"hooks/both", "both / no hook, 20 µs chunks (the Python project claims under 5 %)", 1.01, Ratio},
	{"hooks/four ends", "four hooks for the ends of chunks / no hook, 20 µs chunks", 1.01, Ratio},
	{"hooks/four pairs", "four hooks for starts and ends / no hook, 20 µs chunks", 1.01, Ratio},
	{"exporters", "all four exporters / no hook, default options, 1 µs items", 1.01, Ratio},
	{"slow progress", "a progress hook of 20 µs / none, 10 µs chunks", 1.05, Ratio},

	{"promhook/1", "promhook per chunk / bare cached calls, 1 worker", 1.5, Ratio},
	{"promhook/2", "promhook per chunk / bare cached calls, 2 workers", 1.5, Ratio},
	{"otelhook/1", "otelhook metrics per chunk / bare calls with preset options, 1 worker", 1.2, Ratio},
	{"otelhook/2", "otelhook metrics per chunk / bare calls with preset options, 2 workers", 1.2, Ratio},
	{"statsdhook/1", "statsdhook per chunk / two cactus buffered calls, 1 worker", 1, Ratio},
	{"statsdhook/2", "statsdhook per chunk / two cactus buffered calls, 2 workers", 1, Ratio},
	{"webhookhook/1", "webhookhook per chunk / two buffered channel sends, 1 worker", 1, Ratio},
	{"webhookhook/2", "webhookhook per chunk / two buffered channel sends, 2 workers", 1, Ratio},

	{"allocs/run", "allocations of a run without hooks / (16 + 3 per worker), the worst of 1, 2, 8 and 64 workers", 1, Number},
	{"allocs/item", "allocations per item, the worst of Map, ForEach and Stream", noise, Number},
	{"allocs/promhook", "allocations per chunk with promhook", 1. / 32, Number},
	{"allocs/statsdhook", "allocations per chunk with statsdhook", 1. / 32, Number},
	{"allocs/webhookhook", "allocations per chunk with webhookhook", 1. / 32, Number},
	{"allocs/uihook", "allocations per chunk with uihook", 1. / 32, Number},
	{"allocs/otelhook", "allocations per chunk with otelhook's metrics", 1. / 32, Number},
	{"unrecorded spans", "spans that otelhook starts for the chunks of a run whose parent does not record", 0, Number},

	{"memory/stream", "heap after the last item of Stream / after 100,000 items", 1.10, Growth},
	{"memory/chunks", "heap after the last chunk with all exporters / after a tenth of them", 1.10, Growth},
	{"memory/hooks", "heap that all four exporters hold after these chunks", 8 << 20, Bytes},
	{"spans", "spans of that run: 1,000 for chunks and its own", 1001, Number},
}

// noise is the part per item of what the bookkeeping of a run and the runtime
// may allocate. A count below it is "none".
const noise = 0.001

// Named returns the bar with a name. It panics if there is none, which is a bug
// in the program.
func Named(name string) Bar {
	for _, b := range all {
		if b.Name == name {
			return b
		}
	}
	panic(fmt.Sprintf("bars: there is no bar %q", name))
}

// All returns the bars in the order of the report.
func All() []Bar { return slices.Clone(all) }

// Reading is the measurement for a bar.
type Reading struct {
	Bar        string  // name of the bar
	Value      float64 // the number to compare
	Low, High  float64 // for ratios: 95 % interval of the median
	Best       float64 // for ratios: the lowest of all rounds
	Resolution float64 // for ratios: the relative difference that means nothing, known from the control
	Samples    int     // for ratios
}

// Verdict is the comparison of a reading with its bar.
type Verdict string

// The verdicts.
const (
	Pass      Verdict = "pass"
	Within    Verdict = "within resolution" // above the bar, by less than the resolution
	Missed    Verdict = "missed"
	Undecided Verdict = "undecided" // too few samples, or the machine was too noisy
	Absent    Verdict = "not measured"
)

// minSamples is the number of rounds that a median needs to be compared with a
// bar.
const minSamples = 5

// Coarse is the resolution above which a machine is too noisy for a ratio close
// to its bar.
const Coarse = 0.10

// Judge compares a reading with the bar.
func (b Bar) Judge(r Reading) Verdict {
	if b.Unit != Ratio {
		if r.Value <= b.Limit {
			return Pass
		}
		return Missed
	}
	switch fuzzy := r.Resolution > Coarse; {
	case r.Samples < minSamples:
		return Undecided
	case r.Value > b.Limit*(1+r.Resolution):
		return Missed
	case fuzzy && r.Value > b.Limit/(1+r.Resolution):
		return Undecided
	case r.Value <= b.Limit:
		return Pass
	}
	return Within
}

// cell formats a number in the unit of the bar.
func (b Bar) cell(v float64) any {
	if b.Unit == Bytes {
		return report.Bytes(v)
	}
	return report.Ratio(v)
}

// Section shows all bars, and returns those that were missed or undecided. It
// panics for a reading without a bar, which is a bug in the program.
func Section(readings []Reading) (s report.Section, failed []string) {
	table := report.Table{Columns: []string{"bar", "what", "at most", "measured", "95 % interval", "resolution", "verdict"}}
	count := map[Verdict]int{}
	for _, r := range readings {
		_ = Named(r.Bar)
	}
	for _, b := range all {
		i := slices.IndexFunc(readings, func(r Reading) bool { return r.Bar == b.Name })
		if i < 0 {
			count[Absent]++
			table.Rows = append(table.Rows, []any{b.Name, b.What, b.cell(b.Limit), nil, nil, nil, string(Absent)})
			continue
		}
		r := readings[i]
		verdict := b.Judge(r)
		count[verdict]++
		if verdict == Missed || verdict == Undecided {
			failed = append(failed, fmt.Sprintf("%s: %v, at most %v: %s", b.Name, b.cell(r.Value), b.cell(b.Limit), verdict))
		}
		row := []any{b.Name, b.What, b.cell(b.Limit), b.cell(r.Value), nil, nil, string(verdict)}
		if b.Unit == Ratio {
			row[4], row[5] = report.Range{report.Ratio(r.Low), report.Ratio(r.High)}, report.Percent(100*r.Resolution)
		}
		table.Rows = append(table.Rows, row)
	}
	return report.Section{
		Title: "Bars",
		Text: []string{fmt.Sprintf("Of %d bars %d are passed, %d are above by less than the resolution that the control stated before the run, %d are missed, %d undecided and %d not measured.",
			len(all), count[Pass], count[Within], count[Missed], count[Undecided], count[Absent])},
		Tables: []report.Table{table},
	}, failed
}
