package termhook

import (
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/itemname"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const (
	maxName  = 128 // bytes of an executor's name or a run's id
	maxError = 300 // bytes of an error's text

	// A run is stalled if it finished no item for stallAfter, and for stallChunks
	// times the duration of its third slowest chunk.
	stallAfter  = 30 * time.Second
	stallChunks = 3
)

// run is the hook's record of a run.
type run struct {
	name, id string // cleaned
	items    int    // -1 if unknown
	workers  int
	started  time.Time

	failures failureTexts
	slowest  slowestChunks

	mu            sync.Mutex
	progress      core.Progress
	lastAdvance   time.Duration // Elapsed of the last Progress with new items or chunks
	estimate      core.Estimate // the shown one, which changes once a second
	estimateSetAt time.Duration // Elapsed at its last change
	shares        []workerShare
	ended         *core.RunEnd

	endWritten chan struct{} // closed after the write of the end

	// Only the display's goroutine uses these.
	startShown   bool          // the start is shown
	shownAt      time.Duration // Elapsed of the last shown progress
	shownPercent float64       // of it
	failureShown bool          // it had failures
	stallShown   bool          // it was stalled
}

// workerShare is the work of one worker in a run.
type workerShare struct {
	worker, chunks, items int
	busy                  time.Duration
}

func newRun(e core.RunStart) *run {
	name := plaintext.Clean(e.Executor, maxName)
	if name == "" {
		name = "unknown"
	}
	return &run{
		name: name, id: plaintext.Clean(e.RunID, maxName),
		items: e.Items, workers: e.Workers, started: e.Started,
		progress:   core.Progress{Items: e.Items},
		endWritten: make(chan struct{}),
	}
}

// setProgress records the latest Progress.
func (r *run) setProgress(p core.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.ItemsDone != r.progress.ItemsDone || p.Chunks != r.progress.Chunks {
		r.lastAdvance = p.Elapsed
	}
	r.progress = p
	if known := p.Remaining.Known; known != r.estimate.Known || known && p.Elapsed-r.estimateSetAt >= time.Second {
		r.estimate, r.estimateSetAt = p.Remaining, p.Elapsed
	}
}

func (r *run) addWorker(e core.WorkerEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shares = append(r.shares, workerShare{e.Worker, e.Chunks, e.Items, e.Busy})
}

// setEnd records the end. It returns false if there was one already.
func (r *run) setEnd(e core.RunEnd) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		return false
	}
	r.ended = &e
	return true
}

// status is the state of a run at one moment.
type status struct {
	core.Progress
	workers        int
	estimate       core.Estimate // unknown while the run is stalled
	stalledFor     time.Duration // for how long no item was finished; 0 if the run is not stalled
	oldestChunkAge time.Duration // age of the oldest active chunk; 0 if it is not unusual
	oldestName     string        // its name, if it has one
	slowestChunk   time.Duration // duration of the slowest chunk so far
}

func (r *run) status() status {
	slowest, usual := r.slowest.durations()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := status{Progress: r.progress, workers: r.workers, estimate: r.estimate, slowestChunk: slowest}
	idle := s.Elapsed - r.lastAdvance
	if idle >= max(stallAfter, stallChunks*usual) && s.ItemsDone != s.Items {
		s.stalledFor, s.estimate = idle, core.Estimate{}
	}
	if !s.OldestChunk.Started.IsZero() {
		age := s.At.Sub(s.OldestChunk.Started)
		if s.stalledFor > 0 || age >= max(10*time.Second, 10*usual) && usual > 0 {
			s.oldestChunkAge, s.oldestName = age, itemname.Clean(s.OldestChunk.Name)
		}
	}
	return s
}
