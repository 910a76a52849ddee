package webhookhook

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/itemname"
	"github.com/chunkscope/chunkscope/internal/label"
)

// runRecord is what the hook knows of one run. Chunks add to it with atomic
// operations; the lock protects what changes rarely.
type runRecord struct {
	start     core.RunStart
	endQueued *atomic.Bool // the message of its end is queued

	durations shardedHistogram
	slowest   atomic.Int64

	itemsFailed    atomic.Int64
	failuresByType *label.Table[atomic.Int64]

	mu                sync.Mutex
	slowestChunk      int
	slowestName       string // of the slowest chunk, if it took long
	firstFailure      *failure
	firstFailureTimer *time.Timer // sends the first failure, unless the run ends before
	progress          core.Progress
	nextMilestone     int             // index of the next milestone to send
	lastProgress      time.Time       // when progress was sent last, or the run began
	anomalies         map[string]bool // by kind: whether it is open and was sent
	ended             bool
}

func newRunRecord(e core.RunStart) *runRecord {
	return &runRecord{
		start:          e,
		endQueued:      new(atomic.Bool),
		failuresByType: label.NewTable(label.MaxErrorTypes, func(string) *atomic.Int64 { return new(atomic.Int64) }),
		lastProgress:   time.Now(),
	}
}

// chunkEnd counts a chunk. It takes the lock only for a chunk that is slower than
// all before it.
func (r *runRecord) chunkEnd(ctx context.Context, e core.ChunkEnd) {
	r.durations.shard(e.Worker).add(e.Duration)
	if int64(e.Duration) <= r.slowest.Load() {
		return
	}
	name := itemname.OfSlow(ctx, e.Duration)
	r.mu.Lock()
	defer r.mu.Unlock()
	if int64(e.Duration) > r.slowest.Load() {
		r.slowest.Store(int64(e.Duration))
		r.slowestChunk, r.slowestName = e.Chunk, name
	}
}

// itemFailure counts a failure and reports whether it is the run's first.
func (r *runRecord) itemFailure(e core.ItemFailure) (first bool) {
	errorType := label.ErrorType(e.Err)
	r.failuresByType.Get(errorType).Add(int64(e.Items))
	r.itemsFailed.Add(int64(e.Items))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.firstFailure != nil {
		return false
	}
	r.firstFailure = &failure{label.Clean(errorType), errorText(e.Err), e.Index, cloneBounded(e.Name)}
	return true
}

func (r *runRecord) timing() Timing {
	q := r.durations.quantiles(0.5, 0.95)
	r.mu.Lock()
	defer r.mu.Unlock()
	slowest := time.Duration(r.slowest.Load())
	return Timing{min(q[0], slowest), min(q[1], slowest), slowest, r.slowestChunk, r.slowestName}
}

// failureCounts returns the failed items by type of error, the most frequent
// type first.
func (r *runRecord) failureCounts() []FailureCount {
	byType := maps.Collect(r.failuresByType.All())
	counts := make([]FailureCount, 0, len(byType))
	for errorType, n := range byType {
		counts = append(counts, FailureCount{errorType, int(n.Load())})
	}
	slices.SortFunc(counts, func(a, b FailureCount) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), cmp.Compare(a.Type, b.Type))
	})
	return counts
}

// errorText returns at most 4 KiB of the text of user code's error, without what
// core adds to it.
func errorText(err error) string { return cloneBounded(guard.ErrorText(userError(err))) }

// userError returns the error of user code inside core's wrappers.
func userError(err error) error {
	switch e := err.(type) { //nolint:errorlint // only core's outermost wrappers; what they wrap belongs to the text
	case *core.ItemError:
		if e != nil {
			return userError(e.Err)
		}
	case *core.ChunkError:
		if e != nil {
			return userError(e.Err)
		}
	case *core.RunError:
		if e == nil {
			break
		}
		if len(e.Errors) > 0 {
			return userError(e.Errors[0])
		}
		if all := e.Unwrap(); len(all) > 0 {
			return errors.Join(all...)
		}
	}
	return err
}
