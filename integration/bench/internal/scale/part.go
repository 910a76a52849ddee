// Package scale measures how time, memory and what backends get to see grow with
// the number of items, chunks, runs, names and workers.
package scale

import (
	"fmt"
	"runtime"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
)

// Part measures along the axes of items, chunks, runs and names. most is the
// largest number of items.
func Part(quick bool, most int) trial.Part {
	return trial.Part{Name: "scale", Run: func(s *trial.Session) (report.Section, []bars.Reading) {
		section := report.Section{Title: "Scale", Text: []string{
			"Each point is a run of its own. The heap is what is reachable in the middle of the run, after a garbage collection, less what was before. " +
				"Series are those of a scrape of `promhook`, each bucket counted.",
		}}
		readings := items(s, &section, most)
		readings = append(readings, chunks(s, &section, quick)...)
		concurrent(s, &section, quick)
		names(s, &section, quick)
		return section, readings
	}}
}

// point is what is seen of a run while it is under way.
type point struct {
	took       time.Duration
	warm, last uint64 // heap early in the run, and late
	goroutines int
	scrape     exporterset.Scrape
}

// heap returns how much of it is reachable.
func heap() uint64 {
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

// settled is the heap after a run, when its goroutines are gone: on a busy
// machine they may need a moment. It is the least of what is seen in a quarter of a second.
func settledHeap() uint64 {
	least := heap()
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		least = min(least, heap())
	}
	return least
}

// beyond is how much more than before the heap is, nothing if nobody looked.
func increase(now, before uint64) report.Bytes {
	if now == 0 {
		return 0
	}
	return report.Bytes(float64(now) - float64(before))
}

// growth is how much a run's memory grew from early to late. A mebibyte counts as
// the least, as the number of buffers in flight changes all the time.
func (p point) growth(before uint64) float64 {
	const floor = 1 << 20
	return (float64(increase(p.last, before)) + floor) / (float64(increase(p.warm, before)) + floor)
}

// withFleet gives do a new fleet, and what the heap was before it.
func withExporters(do func(f *exporterset.Set, before uint64)) {
	before := heap()
	f, err := exporterset.New()
	if err != nil {
		panic(err)
	}
	do(f, before)
	_ = f.Close() // the null backends have nothing to say
}

// powers returns the powers of ten from one to another.
func powersOfTen(from, to int) (all []int) {
	for n := from; n <= to; n *= 10 {
		all = append(all, n)
	}
	return all
}

// measured is a label for the log.
func measured(s *trial.Session, axis string, n int) { s.Progress(fmt.Sprintf("scale: %d %s", n, axis)) }
