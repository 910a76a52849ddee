package webhookhook

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/label"
)

// run is what the hook knows of one run. Its chunks meet in atomic additions;
// the lock is for what is rare.
type runRecord struct {
	start     core.RunStart
	endQueued *atomic.Bool // the message of its end waits to be sent, or is

	durations shardedHistogram
	slowest   atomic.Int64

	itemsFailed    atomic.Int64 // items
	failuresByType *label.Table[atomic.Int64]

	mu                sync.Mutex
	slowestChunk      int
	firstFailure      *failure
	firstFailureTimer *time.Timer // tells of the first failure, unless the run ends before
	progress          core.Progress
	nextMilestone     int       // of the next one to tell
	lastProgress      time.Time // when progress was told, at first the run's start
	anomalies         map[string]bool
	ended             bool
}

// failure is a failure before it is put into a message.
type failure struct {
	errorType, text string
	item            int
}

func newRunRecord(e core.RunStart) *runRecord {
	return &runRecord{
		start:          e,
		endQueued:      new(atomic.Bool),
		failuresByType: label.NewTable(label.MaxErrorTypes, func(string) *atomic.Int64 { return new(atomic.Int64) }),
		lastProgress:   time.Now(),
	}
}

// chunkEnd counts a chunk.
func (r *runRecord) chunkEnd(e core.ChunkEnd) {
	r.durations.shard(e.Worker).add(e.Duration)
	if int64(e.Duration) <= r.slowest.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if int64(e.Duration) > r.slowest.Load() {
		r.slowest.Store(int64(e.Duration))
		r.slowestChunk = e.Chunk
	}
}

// itemFailure counts a failure and reports whether it is the run's first.
func (r *runRecord) itemFailure(e core.ItemFailure) (first bool) {
	kind := label.ErrorType(e.Err)
	r.failuresByType.Get(kind).Add(int64(e.Items))
	r.itemsFailed.Add(int64(e.Items))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.firstFailure != nil {
		return false
	}
	r.firstFailure = &failure{label.Clean(kind), errorText(e.Err), e.Index}
	return true
}

func (r *runRecord) timing() Timing {
	q := r.durations.quantiles(0.5, 0.95)
	r.mu.Lock()
	defer r.mu.Unlock()
	slowest := time.Duration(r.slowest.Load())
	return Timing{min(q[0], slowest), min(q[1], slowest), slowest, r.slowestChunk}
}

// failureCounts returns how many items failed with which type of error, the
// most frequent first.
func (r *runRecord) failureCounts() []FailureCount {
	byType := maps.Collect(r.failuresByType.All())
	counts := make([]FailureCount, 0, len(byType))
	for kind, n := range byType {
		counts = append(counts, FailureCount{kind, int(n.Load())})
	}
	slices.SortFunc(counts, func(a, b FailureCount) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), cmp.Compare(a.Type, b.Type))
	})
	return counts
}

// maxRawText is how much of a text is kept before the redactor has seen it: a
// secret that is cut in two would not be recognised.
const maxRawText = 4 << 10

// errorText returns at most 4 KiB of an error's text. What core adds to name the
// item is left out.
func errorText(err error) string { return cloneBounded(guard.ErrorText(userError(err))) }

// userError returns the error of user code inside core's wrappers.
func userError(err error) error {
	switch e := err.(type) { //nolint:errorlint // core's wrappers, as they come; what lies deeper belongs to the text
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
