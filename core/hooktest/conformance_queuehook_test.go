package hooktest_test

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// queueHook has a goroutine, as exporters have. It drops what does not fit, counts
// everything and drains at Shutdown.
type queueHook struct {
	mu      sync.Mutex
	stats   core.HookStats
	closed  bool
	ends    chan core.ChunkEnd
	drained chan struct{}
}

func newQueueHook() *queueHook {
	q := &queueHook{ends: make(chan core.ChunkEnd, 8), drained: make(chan struct{})}
	q.stats.Dropped = map[string]uint64{}
	go q.deliver()
	return q
}

func (q *queueHook) HookName() string { return "queue" }

func (q *queueHook) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Produced++
	if q.closed {
		q.stats.Dropped["shutdown"]++
		return
	}
	select {
	case q.ends <- e:
		q.stats.Pending++
	default:
		q.stats.Dropped["full"]++
	}
}

func (q *queueHook) deliver() {
	defer close(q.drained)
	for range q.ends {
		q.mu.Lock()
		q.stats.Pending--
		q.stats.Delivered++
		q.mu.Unlock()
	}
}

func (q *queueHook) Flush(context.Context) error { return errors.New("the backend is not there") }

func (q *queueHook) Shutdown(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.ends)
	}
	q.mu.Unlock()
	select {
	case <-q.drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queueHook) Stats() core.HookStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	stats := q.stats
	stats.Dropped = maps.Clone(stats.Dropped)
	return stats
}
