package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// Above fastRatio a chunk is fast, and below slowRatio it is slow, as a ratio
// of its speed to the mean so far. From the coefficient of variation unevenFrom
// on, the work is uneven.
const (
	fastRatio  = 1.5
	slowRatio  = 1 / fastRatio
	unevenFrom = 0.3
)

// speeds is the state of the hook that printSpeeds returns.
type speeds struct {
	out     io.Writer
	seconds []float64 // of each chunk
	sum     float64   // of seconds
	items   int       // in these chunks
	tags    map[string]int
	lastEnd map[int]time.Time // end of the last chunk of each worker
}

// printSpeeds returns a hook for one run. It prints the speed of each chunk on
// out, and a summary at the end.
func printSpeeds(out io.Writer) core.Hook {
	s := &speeds{out: out, tags: map[string]int{}, lastEnd: map[int]time.Time{}}
	return core.MultiHook(core.OnChunkEnd(s.chunk), core.OnRunEnd(s.end))
}

func (s *speeds) chunk(e core.ChunkEnd) {
	s.lastEnd[e.Worker] = e.Ended
	if e.ItemsDone == 0 {
		return // the chunk was canceled
	}
	rate := float64(e.ItemsDone) / e.Duration.Seconds()
	tag := s.tag(rate)
	s.tags[tag]++
	fmt.Fprintf(s.out, "chunk %3d  %3d packages  %7.3fs  %6.0f/s  %s\n", e.Chunk, e.ItemsDone, e.Duration.Seconds(), rate, tag)
	s.seconds = append(s.seconds, e.Duration.Seconds())
	s.sum += e.Duration.Seconds()
	s.items += e.ItemsDone
}

// tag compares a rate with the rate of all chunks before.
func (s *speeds) tag(rate float64) string {
	mean := float64(s.items) / s.sum
	switch {
	case s.items == 0:
		return "first"
	case rate > mean*fastRatio:
		return "fast"
	case rate < mean*slowRatio:
		return "slow"
	}
	return "medium"
}

func (s *speeds) end(e core.RunEnd) {
	if len(s.seconds) == 0 {
		return
	}
	var idle time.Duration
	for _, t := range s.lastEnd {
		idle += e.Ended.Sub(t)
	}
	cv := s.variation()
	fmt.Fprintf(s.out, "%d chunks: %d fast, %d medium, %d slow; at the end workers were idle for %.3fs\n",
		len(s.seconds), s.tags["fast"], s.tags["medium"], s.tags["slow"], idle.Seconds())
	fmt.Fprintf(s.out, "coefficient of variation %.2f\n", cv)
	if cv > unevenFrom {
		fmt.Fprintln(s.out, "uneven: leave core.WithChunkSize out, so that smaller chunks share the work")
	}
}

// variation returns the coefficient of variation of the durations of chunks.
func (s *speeds) variation() float64 {
	mean := s.sum / float64(len(s.seconds))
	squares := 0.0
	for _, x := range s.seconds {
		squares += (x - mean) * (x - mean)
	}
	return math.Sqrt(squares/float64(len(s.seconds))) / mean
}
