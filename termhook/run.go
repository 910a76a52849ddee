package termhook

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const (
	maxName    = 128 // bytes of an executor's name or a run's id
	maxError   = 300 // bytes of an error's text
	keptErrors = 5   // failures of a run whose text is kept

	// A run is stalled when nothing was finished for stallAfter, and for three
	// times as long as its slower chunks take.
	stallAfter  = 30 * time.Second
	stallChunks = 3
)

// run is the record of a run.
type run struct {
	name, id string // clean
	items    int    // -1 if not known
	workers  int
	started  time.Time

	failures failureTexts
	slowest  slowestChunks

	mu       sync.Mutex
	progress core.Progress
	lastAdvance time.Duration // Elapsed of the last Progress that showed something new
	estimate  core.Estimate // as shown: it changes once a second
	estimateSetAt time.Duration // Elapsed when it changed
	shares   []workerShare
	ended    *core.RunEnd

	endWritten chan struct{} // closed when the end is written

	// The display's own notes.
	startShown   bool          // its start was told
	shownAt      time.Duration // Elapsed when it was last told of
	shownPercent float64       // that was told then
	failureShown  bool          // failures were told
	stallShown bool          // so was that it is stalled
}

// share is what one worker did of a run.
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
		progress: core.Progress{Items: e.Items},
		endWritten:     make(chan struct{}),
	}
}

// advance notes a Progress.
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

// end notes how the run ended, once.
func (r *run) setEnd(e core.RunEnd) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		return false
	}
	r.ended = &e
	return true
}

// status is a run at one instant.
type status struct {
	core.Progress
	workers int
	estimate core.Estimate // not known while the run is stalled
	stalledFor time.Duration // since when nothing was finished; 0 if it goes on
	oldestChunkAge  time.Duration // how long the oldest chunk has been running, if longer than one should
	slowestChunk time.Duration // what the slowest chunk so far took
}

func (r *run) status() status {
	slowest, usual := r.slowest.durations()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := status{Progress: r.progress, workers: r.workers, estimate: r.estimate, slowestChunk: slowest}
	quiet := s.Elapsed - r.lastAdvance
	if quiet >= max(stallAfter, stallChunks*usual) && s.ItemsDone != s.Items {
		s.stalledFor, s.estimate = quiet, core.Estimate{}
	}
	if !s.OldestChunkStart.IsZero() {
		age := s.At.Sub(s.OldestChunkStart)
		if s.stalledFor > 0 || age >= max(10*time.Second, 10*usual) && usual > 0 {
			s.oldestChunkAge = age
		}
	}
	return s
}

// failures are the texts of the first failures of a run.
type failureTexts struct {
	full  atomic.Bool // the rest costs no lock
	mu    sync.Mutex
	texts []string
}

func (f *failureTexts) add(err error) {
	if f.full.Load() {
		return
	}
	text := plaintext.Error(err, maxError) // here: later the error may change
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.texts) < keptErrors {
		f.texts = append(f.texts, text)
	}
	f.full.Store(len(f.texts) == keptErrors)
}

func (f *failureTexts) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.texts
}

// slowest are the three slowest chunks of a run.
type slowestChunks struct {
	threshold  atomic.Int64 // a chunk must take longer to be among them
	mu     sync.Mutex
	chunks [3]core.ChunkEnd // the slowest first
	count  int
}

func (s *slowestChunks) add(e *core.ChunkEnd) {
	if int64(e.Duration) <= s.threshold.Load() {
		return
	}
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
	s.chunks[i] = *e
	s.chunks[i].Err = nil // nobody asks, and it may hold anything
	if s.count == len(s.chunks) {
		s.threshold.Store(int64(s.chunks[s.count-1].Duration))
	}
}

func (s *slowestChunks) list() []core.ChunkEnd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]core.ChunkEnd(nil), s.chunks[:s.count]...)
}

// durations returns what the slowest chunk took, and the third slowest, which
// tells better what is usual.
func (s *slowestChunks) durations() (slowest, usual time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == 0 {
		return 0, 0
	}
	return s.chunks[0].Duration, s.chunks[s.count-1].Duration
}
