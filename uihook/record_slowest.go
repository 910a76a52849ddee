package uihook

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/itemname"
)

const maxSlowest = 20

// slowest are the slowest chunks of a run. They are safe for concurrent use.
type slowest struct {
	threshold atomic.Int64 // a faster chunk is not among them
	mu        sync.Mutex
	chunks    [maxSlowest]slowChunk // the slowest first
	count     int
}

// slowChunk is what the page shows of a slow chunk.
type slowChunk struct {
	chunk, offset, items, worker int
	started                      time.Time
	duration                     time.Duration
	outcome                      core.Outcome
	remoteWorker, name           string // cleaned when they are shown
}

// add adds a chunk. It calls user code for the name of one that took long.
func (s *slowest) add(ctx context.Context, e *core.ChunkEnd) {
	if int64(e.Duration) <= s.threshold.Load() {
		return
	}
	name := cut(itemname.OfSlow(ctx, e.Duration))
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.count
	if s.count < maxSlowest {
		s.count++
	} else if i--; e.Duration <= s.chunks[i].duration {
		return
	}
	for ; i > 0 && s.chunks[i-1].duration < e.Duration; i-- {
		s.chunks[i] = s.chunks[i-1]
	}
	s.chunks[i] = slowChunk{e.Chunk, e.Offset, e.Items, e.Worker, e.Started, e.Duration, e.Outcome, cut(e.RemoteWorker), name}
	if s.count == maxSlowest {
		s.threshold.Store(int64(s.chunks[maxSlowest-1].duration))
	}
}

func (s *slowest) list() []slowChunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.chunks[:s.count])
}

// longest returns the duration of the slowest chunk.
func (s *slowest) longest() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chunks[0].duration
}

// cut bounds the memory of a text that is prepared later.
func cut(s string) string {
	if len(s) <= maxRedactable {
		return s
	}
	return s[:maxRedactable]
}
