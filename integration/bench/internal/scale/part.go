// Package scale measures how time, memory and what backends get to see grow with
// the number of items, chunks, runs, names and workers.
package scale

import (
	"fmt"
	"runtime"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/fleet"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
)

// Part measures along all axes. most is the largest number of items for Stream.
func Part(quick bool, most int) trial.Part {
	workers := workerTrials(quick)
	p := trial.Part{Name: "scale"}
	for _, w := range workers {
		p.Trials = append(p.Trials, w.trial)
	}
	p.Run = func(s *trial.Session) (report.Section, []bars.Reading) {
		section := report.Section{Title: "Scale", Text: []string{
			"Each point is a run of its own, after a garbage collection. The heap is what is reachable then, less what was before: collected in the middle of the run, not after it. " +
				"Series are those of a scrape of `promhook`, each bucket counted.",
		}}
		var readings []bars.Reading
		for _, axis := range []func(*trial.Session, *report.Section) []bars.Reading{
			func(s *trial.Session, section *report.Section) []bars.Reading { return items(s, section, most) },
			func(s *trial.Session, section *report.Section) []bars.Reading { return chunks(s, section, quick) },
			func(s *trial.Session, section *report.Section) []bars.Reading { return concurrent(s, section, quick) },
			func(s *trial.Session, section *report.Section) []bars.Reading { return names(s, section, quick) },
		} {
			readings = append(readings, axis(s, &section)...)
		}
		reportWorkers(s, &section, workers)
		return section, readings
	}
	return p
}

// point is what is seen of a run while it is under way.
type point struct {
	took       time.Duration
	warm, last uint64 // heap early in the run, and late
	goroutines int
	scrape     fleet.Scrape
}

// heap returns how much of it is reachable.
func heap() uint64 {
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

// beyond is how much more than before the heap is.
func beyond(now, before uint64) report.Bytes { return report.Bytes(float64(now) - float64(before)) }

// growth is how much a run's memory grew from early to late. A mebibyte counts as
// the least, as the number of buffers in flight changes all the time.
func (p point) growth(before uint64) float64 {
	const floor = 1 << 20
	return (float64(beyond(p.last, before)) + floor) / (float64(beyond(p.warm, before)) + floor)
}

// withFleet gives do a new fleet, and what the heap was before it.
func withFleet(do func(f *fleet.Fleet, before uint64)) {
	before := heap()
	f, err := fleet.New()
	if err != nil {
		panic(err)
	}
	do(f, before)
	_ = f.Close() // the null backends have nothing to say
}

// powers returns the powers of ten from one to another.
func powers(from, to int) (all []int) {
	for n := from; n <= to; n *= 10 {
		all = append(all, n)
	}
	return all
}

// measured is a label for the log.
func measured(s *trial.Session, axis string, n int) { s.Progress(fmt.Sprintf("scale: %d %s", n, axis)) }
