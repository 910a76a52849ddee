package termhook

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/itemname"
)

// slowestChunks are the three slowest chunks of a run. They are safe for
// concurrent use.
type slowestChunks struct {
	threshold atomic.Int64 // a faster chunk is not among them
	mu        sync.Mutex
	chunks    [3]slowChunk // the slowest first
	count     int
}

// slowChunk is a chunk and, if it took long, its name.
type slowChunk struct {
	core.ChunkEnd
	name string
}

// add adds a chunk. It may call user code for the chunk's name.
func (s *slowestChunks) add(ctx context.Context, e *core.ChunkEnd) {
	if int64(e.Duration) <= s.threshold.Load() {
		return
	}
	name := itemname.OfSlow(ctx, e.Duration)
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.count
	if s.count < len(s.chunks) {
		s.count++
	} else if i--; e.Duration <= s.chunks[i].Duration {
		return
	}
	for ; i > 0 && s.chunks[i-1].Duration < e.Duration; i-- {
		s.chunks[i] = s.chunks[i-1]
	}
	s.chunks[i] = slowChunk{*e, name}
	s.chunks[i].Err, s.chunks[i].Custom = nil, nil // they are not used, and an error may hold any amount of memory
	if s.count == len(s.chunks) {
		s.threshold.Store(int64(s.chunks[s.count-1].Duration))
	}
}

func (s *slowestChunks) list() []slowChunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]slowChunk(nil), s.chunks[:s.count]...)
}

// durations returns the duration of the slowest chunk, and of the third slowest,
// which is closer to the usual one.
func (s *slowestChunks) durations() (slowest, usual time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == 0 {
		return 0, 0
	}
	return s.chunks[0].Duration, s.chunks[s.count-1].Duration
}
