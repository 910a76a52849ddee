package uihook

import (
	"math/bits"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

const (
	bins     = 240                   // of time, in lanes and the throughput
	firstBin = 25 * time.Millisecond // the width of a bin, until a run is longer than bins of it
	maxLanes = 64                    // workers beyond share one lane

	histogramStep = 8 // buckets an octave
	histogramLow  = 9 // the first octave begins at 2^9 ns
	histogramSize = (54 - histogramLow) * histogramStep
)

// lane is what one worker did. Workers share no memory here, so that a chunk
// costs an uncontended lock.
type lane struct {
	mu     sync.Mutex
	shift  uint // a bin is firstBin<<shift wide
	busy   [bins]int64
	failed [bins]bool
	totals
	now    core.ChunkStart // of the active chunk; its names are cut
	active int             // more than 1 only in the lane that workers share
	remote string          // the remote worker of the last chunk that had one; cleaned when it is shown
}

// totals are sums over chunks.
type totals struct {
	chunks, chunksFailed   int
	itemsDone, itemsFailed int
	busyTime               time.Duration
	histogram              [histogramSize]uint32
}

func (l *lane) startChunk(e *core.ChunkStart) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.active == 0 || e.Started.Before(l.now.Started) {
		l.now = *e
		l.now.Executor, l.now.RunID = "", ""
	}
	l.active++
}

func (l *lane) endChunk(runStarted time.Time, e *core.ChunkEnd) {
	to := e.Ended.Sub(runStarted)
	from := to - max(0, e.Duration)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = max(0, l.active-1)
	if e.RemoteWorker != "" {
		l.remote = cut(e.RemoteWorker)
	}
	if l.active > 0 && l.now.Chunk == e.Chunk {
		l.now = core.ChunkStart{Chunk: -1} // another one of the shared lane; which is not known
	}
	l.addBusy(from, to, e.Outcome.Failed() || e.ItemsFailed > 0)
	l.chunks++
	if e.Outcome.Failed() {
		l.chunksFailed++
	}
	l.itemsDone += e.ItemsDone
	l.itemsFailed += e.ItemsFailed
	l.busyTime += max(0, e.Duration)
	l.histogram[bucketOf(e.Duration)]++
}

// addBusy adds the time between two instants of the run to its bins.
func (l *lane) addBusy(from, to time.Duration, failed bool) {
	from, to = clampSpan(from), clampSpan(to)
	l.fold(shiftFor(l.shift, to))
	width := firstBin << l.shift
	last := int(to / width)
	for i := int(from / width); i < last; i++ {
		next := time.Duration(i+1) * width
		l.busy[i] += int64(next - from)
		from = next
	}
	l.busy[last] += int64(max(0, to-from))
	l.failed[last] = l.failed[last] || failed
}

// fold makes bins wider, by adding neighbours.
func (l *lane) fold(shift uint) {
	for ; l.shift < shift; l.shift++ {
		for i := range bins / 2 {
			l.busy[i] = l.busy[2*i] + l.busy[2*i+1]
			l.failed[i] = l.failed[2*i] || l.failed[2*i+1]
		}
		clear(l.busy[bins/2:])
		clear(l.failed[bins/2:])
	}
}

// shiftFor returns the shift, the present one or more, at which an instant of the
// run has a bin.
func shiftFor(shift uint, at time.Duration) uint {
	for at >= bins*firstBin<<shift {
		shift++
	}
	return shift
}

// clampSpan returns an instant of a run for which bins can be wide enough.
func clampSpan(at time.Duration) time.Duration { return min(max(0, at), bins*firstBin<<30-1) }

// bucketOf returns the bucket of a duration: eight of equal width an octave.
func bucketOf(d time.Duration) int {
	octave := bits.Len64(uint64(max(d, 0))) - 1
	if octave < histogramLow {
		return 0
	}
	within := int(d>>(octave-3)) & (histogramStep - 1)
	return min((octave-histogramLow)*histogramStep+within, histogramSize-1)
}

// bucketStart returns the lower bound of a bucket.
func bucketStart(i int) time.Duration {
	if i == 0 {
		return 0
	}
	octave := i/histogramStep + histogramLow
	return time.Duration(histogramStep+i%histogramStep) << (octave - 3)
}

func (t *totals) add(other *totals) {
	t.chunks += other.chunks
	t.chunksFailed += other.chunksFailed
	t.itemsDone += other.itemsDone
	t.itemsFailed += other.itemsFailed
	t.busyTime += other.busyTime
	for i, n := range other.histogram {
		t.histogram[i] += n
	}
}

// quantile returns the duration below which a part q of the chunks stayed, at
// most longest. It is exact to a sixteenth of itself.
func (t *totals) quantile(q float64, longest time.Duration) time.Duration {
	rank := q * float64(t.chunks)
	before := 0.0
	for i, n := range t.histogram {
		if n == 0 {
			continue
		}
		if before+float64(n) >= rank {
			from, to := bucketStart(i), bucketStart(i+1)
			return min(longest, from+time.Duration(float64(to-from)*(rank-before)/float64(n)))
		}
		before += float64(n)
	}
	return longest
}
