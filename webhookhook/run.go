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
type run struct {
	start   core.RunStart
	endTold *atomic.Bool // the message of its end waits to be sent, or is

	chunks  shards
	slowest atomic.Int64

	failed   atomic.Int64 // items
	failures *label.Table[atomic.Int64]

	mu           sync.Mutex
	slowestChunk int
	first        *failure
	firstTimer   *time.Timer // tells of the first failure, unless the run ends before
	progress     core.Progress
	milestone    int       // of the next one to tell
	told         time.Time // when progress was told, at first the run's start
	anomalies    map[string]bool
	over         bool
}

// failure is a failure before it is put into a message.
type failure struct {
	kind, text string
	item       int
}

func newRun(e core.RunStart) *run {
	return &run{
		start:    e,
		endTold:  new(atomic.Bool),
		failures: label.NewTable(label.MaxErrorTypes, func(string) *atomic.Int64 { return new(atomic.Int64) }),
		told:     time.Now(),
	}
}

// chunkEnd counts a chunk.
func (r *run) chunkEnd(e core.ChunkEnd) {
	r.chunks.of(e.Worker).add(e.Duration)
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
func (r *run) itemFailure(e core.ItemFailure) (first bool) {
	kind := label.ErrorType(e.Err)
	r.failures.Get(kind).Add(int64(e.Items))
	r.failed.Add(int64(e.Items))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first != nil {
		return false
	}
	r.first = &failure{label.Clean(kind), errorText(e.Err), e.Index}
	return true
}

func (r *run) timing() Timing {
	q := r.chunks.quantiles(0.5, 0.95)
	r.mu.Lock()
	defer r.mu.Unlock()
	slowest := time.Duration(r.slowest.Load())
	return Timing{min(q[0], slowest), min(q[1], slowest), slowest, r.slowestChunk}
}

// failureCounts returns how many items failed with which type of error, the
// most frequent first.
func (r *run) failureCounts() []FailureCount {
	all := maps.Collect(r.failures.All())
	counts := make([]FailureCount, 0, len(all))
	for kind, n := range all {
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
func errorText(err error) string { return own(guard.ErrorText(userError(err))) }

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
