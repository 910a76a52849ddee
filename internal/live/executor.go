package live

import (
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// Executor adds up the runs of one executor, or of several that share a label.
// The zero value has no runs. An Executor is safe for concurrent use.
type Executor struct {
	mu   sync.Mutex
	runs map[*Run]struct{} // active ones

	lastStart, lastCompletion, lastSuccess time.Time
	lastDuration                           time.Duration
}

// Run is one active run. The methods of a nil Run do nothing: it stands for a
// run whose start the hook has not seen.
type Run struct {
	executor *Executor
	start    core.RunStart
	progress core.Progress // the last one; zero before the first
	workers  int           // how many have started and not ended
}

// Start adds a run.
func (x *Executor) Start(e core.RunStart) *Run {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.runs == nil {
		x.runs = map[*Run]struct{}{}
	}
	r := &Run{executor: x, start: e}
	x.runs[r] = struct{}{}
	x.lastStart = later(x.lastStart, e.Started)
	return r
}

// Progress replaces the run's progress.
func (r *Run) Progress(p core.Progress) {
	if r == nil {
		return
	}
	r.executor.mu.Lock()
	defer r.executor.mu.Unlock()
	r.progress = p
}

// WorkerStart notes that a worker of the run has started.
func (r *Run) WorkerStart() { r.addWorkers(1) }

// WorkerEnd notes that a worker of the run has ended.
func (r *Run) WorkerEnd() { r.addWorkers(-1) }

func (r *Run) addWorkers(n int) {
	if r == nil {
		return
	}
	r.executor.mu.Lock()
	defer r.executor.mu.Unlock()
	r.workers = max(0, r.workers+n)
}

// End removes the run. A second call changes nothing.
func (r *Run) End(e core.RunEnd) {
	if r == nil {
		return
	}
	x := r.executor
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, active := x.runs[r]; !active {
		return
	}
	delete(x.runs, r)
	if !e.Ended.Before(x.lastCompletion) {
		x.lastCompletion, x.lastDuration = e.Ended, e.Duration
	}
	if e.Outcome == core.OutcomeOK || e.Outcome == core.OutcomePartial {
		x.lastSuccess = later(x.lastSuccess, e.Ended)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
