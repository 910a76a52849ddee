package otelhook

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
)

// maxHeld is how long a span that has begun may wait for its end, so that long
// runs are seen while they go on.
const maxHeld = time.Minute

// slowFactor is how many times as long as the average a slow chunk takes.
const slowFactor = 2

// slowChunks keeps the slowest chunks of a run, as which of them are slow is known
// at its end only. Most chunks are none of them, and cost one atomic load.
type slowChunks struct {
	fastest atomic.Int64 // nanoseconds that a chunk must exceed to be kept
	due     atomic.Int64 // when spans are held no longer, in Unix nanoseconds; 0 for none

	mu    sync.Mutex
	limit int
	ended bool
	kept  []*slowChunk // a heap with the fastest on top; pointers, as a chunk is big to move
}

// slowChunk is a chunk with its span, if it has one. The span is not ended yet
// unless released is true.
type slowChunk struct {
	end      core.ChunkEnd
	span     trace.Span
	name     string // of a chunk without a span so far
	released bool
}

func (c *slowChunk) took() int64 { return max(0, int64(c.end.Duration)) }

func (s *slowChunks) init(limit int) {
	s.limit = limit
	if s.fastest.Store(-1); limit == 0 {
		s.fastest.Store(math.MaxInt64)
	}
}

// admits reports whether a chunk is among the slowest so far.
func (s *slowChunks) admits(e *core.ChunkEnd) bool {
	return max(0, int64(e.Duration)) > s.fastest.Load()
}

// put keeps a chunk. It returns the chunk that is no longer, or not, among the
// slowest, and whether there is one.
func (s *slowChunks) put(c slowChunk) (out slowChunk, left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || !s.admits(&c.end) { // others were faster
		return c, true
	}
	if c.span != nil && s.due.Load() == 0 {
		s.due.Store(c.end.Ended.Add(maxHeld).UnixNano())
	}
	if len(s.kept) < s.limit {
		if s.kept == nil {
			s.kept = make([]*slowChunk, 0, s.limit)
		}
		kept := new(slowChunk)
		*kept = c
		s.kept = append(s.kept, kept)
		s.siftUp(len(s.kept) - 1)
	} else {
		out, left = *s.kept[0], true
		*s.kept[0] = c
		s.siftDown(0)
	}
	if len(s.kept) == s.limit {
		s.fastest.Store(s.kept[0].took())
	}
	return out, left
}

func (s *slowChunks) siftUp(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if s.kept[parent].took() <= s.kept[i].took() {
			return
		}
		s.kept[parent], s.kept[i] = s.kept[i], s.kept[parent]
		i = parent
	}
}

func (s *slowChunks) siftDown(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(s.kept); child++ {
			if s.kept[child].took() < s.kept[least].took() {
				least = child
			}
		}
		if least == i {
			return
		}
		s.kept[least], s.kept[i] = s.kept[i], s.kept[least]
		i = least
	}
}

// overdue reports whether spans were held for long enough at an instant.
func (s *slowChunks) overdue(now time.Time) bool {
	due := s.due.Load()
	return due != 0 && now.UnixNano() > due
}

// release returns the held spans of the slowest chunks, the slowest first. Their
// chunks stay, so that faster ones do not take their places.
func (s *slowChunks) release() []*slowChunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due.Store(0)
	all := s.sorted()
	for i, c := range all {
		held := *c // c goes on in the heap
		all[i] = &held
		c.released = c.span != nil
	}
	return all
}

// close returns the slowest chunks of a run that has ended, the slowest first.
func (s *slowChunks) close() []*slowChunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.sorted()
	s.ended, s.kept = true, nil
	return all
}

func (s *slowChunks) sorted() []*slowChunk {
	all := slices.Clone(s.kept)
	slices.SortFunc(all, func(x, y *slowChunk) int {
		return cmp.Or(cmp.Compare(y.took(), x.took()), cmp.Compare(x.end.Chunk, y.end.Chunk))
	})
	return all
}

// chunkPace adds up how long the chunks of a run took.
type chunkPace struct{ nanos, chunks atomic.Int64 }

func (p *chunkPace) add(e *core.ChunkEnd) {
	p.nanos.Add(max(0, int64(e.Duration)))
	p.chunks.Add(1)
}

// slow reports whether the chunk of a rank, 0 for the slowest, is slow: it is
// among the slowest tenth of the run's chunks, or took more than twice their
// average. A run's only chunk is not: there is nothing to compare it with.
func (p *chunkPace) slow(rank int, c *slowChunk) bool {
	chunks := p.chunks.Load()
	if chunks <= 1 {
		return false
	}
	return int64(rank) < (chunks+9)/10 || float64(c.took()) > slowFactor*float64(p.nanos.Load())/float64(chunks)
}
