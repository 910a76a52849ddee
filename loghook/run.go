package loghook

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// The first failures of a run are logged one by one. Of the later ones only the
// number is logged, once every countInterval.
const (
	firstFailures = 5
	countInterval = 10 * time.Second
)

// run is the hook's record of a run.
type run struct {
	ctx          context.Context // the run's values, without its cancellation
	name, id     slog.Attr
	failures     failures
	lastProgress time.Duration // Elapsed of the last logged progress; only the run's monitor uses it
}

func newRun(ctx context.Context, e core.RunStart) *run {
	return &run{
		ctx:  context.WithoutCancel(ctx),
		name: textAttr("executor", e.Executor),
		id:   textAttr("run", e.RunID),
	}
}

// failures decides which failures of a run are logged. It is safe for
// concurrent use.
type failures struct {
	mu       sync.Mutex
	logged   int       // failures that were logged one by one
	unlogged int       // failed items since the last record
	last     time.Time // time of the last record
}

// add reports whether a failure is one of the first. If it is not, more is the
// number of failed items to log now, 0 for none.
func (f *failures) add(e *core.ItemFailure) (first bool, more int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.logged < firstFailures {
		f.logged++
		f.last = e.At
		return true, 0
	}
	f.unlogged += e.Items
	if e.At.Sub(f.last) < countInterval {
		return false, 0
	}
	more = f.unlogged
	f.unlogged, f.last = 0, e.At
	return false, more
}
