// Package scale measures how time, memory and exported data grow with the
// number of items, chunks, runs, names and workers.
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

// point is a measurement during a run.
type point struct {
	took       time.Duration
	warm, last uint64 // heap early and late in the run
	goroutines int
	scrape     exporterset.Scrape
}

// heap returns the reachable memory.
func heap() uint64 {
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

// settledHeap returns the heap after the goroutines of a run have ended. On a
// busy machine they may need a moment, so it returns the least value within a
// quarter of a second.
func settledHeap() uint64 {
	least := heap()
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		least = min(least, heap())
	}
	return least
}

// increase returns how much the heap has grown, 0 if it was not measured.
func increase(now, before uint64) report.Bytes {
	if now == 0 {
		return 0
	}
	return report.Bytes(float64(now) - float64(before))
}

// growth returns the growth of the memory of a run from early to late. Values
// below a mebibyte count as one, because the number of buffers in flight
// changes all the time.
func (p point) growth(before uint64) float64 {
	const floor = 1 << 20
	return (float64(increase(p.last, before)) + floor) / (float64(increase(p.warm, before)) + floor)
}

// withExporters calls do with a new set of exporters and the heap before it.
func withExporters(do func(f *exporterset.Set, before uint64)) {
	before := heap()
	f, err := exporterset.New()
	if err != nil {
		panic(err)
	}
	do(f, before)
	_ = f.Close() // the null backends have nothing to say
}

// powersOfTen returns the powers of ten in a range.
func powersOfTen(from, to int) (all []int) {
	for n := from; n <= to; n *= 10 {
		all = append(all, n)
	}
	return all
}

// measured is a label for the log.
func measured(s *trial.Session, axis string, n int) { s.Progress(fmt.Sprintf("scale: %d %s", n, axis)) }
