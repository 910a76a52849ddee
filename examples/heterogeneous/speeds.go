package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// What is called fast and slow, as a ratio to the mean so far, and from which
// coefficient of variation on the work is called uneven.
const (
	fast   = 1.5
	slow   = 1 / fast
	uneven = 0.3
)

// speeds is what the hook of tellSpeeds knows of a run.
type speeds struct {
	out     io.Writer
	seconds []float64 // of each chunk
	sum     float64   // of seconds
	items   int       // of these chunks
	tags    map[string]int
	last    map[int]time.Time // when each worker was done with its last chunk
}

// tellSpeeds returns a hook for one run, which prints on out how fast chunks
// are, and sums that up at the end.
func tellSpeeds(out io.Writer) core.Hook {
	s := &speeds{out: out, tags: map[string]int{}, last: map[int]time.Time{}}
	return core.MultiHook(core.OnChunkEnd(s.chunk), core.OnRunEnd(s.end))
}

func (s *speeds) chunk(e core.ChunkEnd) {
	s.last[e.Worker] = e.Ended
	if e.ItemsDone == 0 {
		return // it was interrupted
	}
	rate := float64(e.ItemsDone) / e.Duration.Seconds()
	tag := s.tag(rate)
	s.tags[tag]++
	fmt.Fprintf(s.out, "chunk %3d  %3d packages  %7.3fs  %6.0f/s  %s\n", e.Chunk, e.ItemsDone, e.Duration.Seconds(), rate, tag)
	s.seconds = append(s.seconds, e.Duration.Seconds())
	s.sum += e.Duration.Seconds()
	s.items += e.ItemsDone
}

// tag compares a rate with that of all chunks before.
func (s *speeds) tag(rate float64) string {
	mean := float64(s.items) / s.sum
	switch {
	case s.items == 0:
		return "first"
	case rate > mean*fast:
		return "fast"
	case rate < mean*slow:
		return "slow"
	}
	return "medium"
}

func (s *speeds) end(e core.RunEnd) {
	if len(s.seconds) == 0 {
		return
	}
	var idle time.Duration
	for _, t := range s.last {
		idle += e.Ended.Sub(t)
	}
	cv := s.variation()
	fmt.Fprintf(s.out, "%d chunks: %d fast, %d medium, %d slow; at the end workers were idle for %.3fs\n",
		len(s.seconds), s.tags["fast"], s.tags["medium"], s.tags["slow"], idle.Seconds())
	fmt.Fprintf(s.out, "coefficient of variation %.2f\n", cv)
	if cv > uneven {
		fmt.Fprintln(s.out, "uneven: leave core.WithChunkSize out, so that smaller chunks share the work")
	}
}

// variation is the coefficient of variation of the chunks' times.
func (s *speeds) variation() float64 {
	mean := s.sum / float64(len(s.seconds))
	squares := 0.0
	for _, x := range s.seconds {
		squares += (x - mean) * (x - mean)
	}
	return math.Sqrt(squares/float64(len(s.seconds))) / mean
}
