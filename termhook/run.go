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

	failures failures
	slowest  slowest

	mu       sync.Mutex
	progress core.Progress
	advanced time.Duration // Elapsed of the last Progress that showed something new
	remains  core.Estimate // as shown: it changes once a second
	estimate time.Duration // Elapsed when it changed
	shares   []share
	ended    *core.RunEnd

	told chan struct{} // closed when the end is written

	// The display's own notes.
	begun   bool          // its start was told
	at      time.Duration // Elapsed when it was last told of
	percent float64       // that was told then
	failed  bool          // failures were told
	stalled bool          // so was that it is stalled
}

// share is what one worker did of a run.
type share struct {
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
		told:     make(chan struct{}),
	}
}

// advance notes a Progress.
func (r *run) advance(p core.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.ItemsDone != r.progress.ItemsDone || p.Chunks != r.progress.Chunks {
		r.advanced = p.Elapsed
	}
	r.progress = p
	if known := p.Remaining.Known; known != r.remains.Known || known && p.Elapsed-r.estimate >= time.Second {
		r.remains, r.estimate = p.Remaining, p.Elapsed
	}
}

func (r *run) workerEnd(e core.WorkerEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shares = append(r.shares, share{e.Worker, e.Chunks, e.Items, e.Busy})
}

// end notes how the run ended, once.
func (r *run) end(e core.RunEnd) bool {
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
	remains core.Estimate // not known while the run is stalled
	stalled time.Duration // since when nothing was finished; 0 if it goes on
	oldest  time.Duration // how long the oldest chunk has been running, if longer than one should
	slowest time.Duration // what the slowest chunk so far took
}

func (r *run) status() status {
	slowest, usual := r.slowest.durations()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := status{Progress: r.progress, workers: r.workers, remains: r.remains, slowest: slowest}
	quiet := s.Elapsed - r.advanced
	if quiet >= max(stallAfter, stallChunks*usual) && s.ItemsDone != s.Items {
		s.stalled, s.remains = quiet, core.Estimate{}
	}
	if !s.OldestChunkStart.IsZero() {
		age := s.At.Sub(s.OldestChunkStart)
		if s.stalled > 0 || age >= max(10*time.Second, 10*usual) && usual > 0 {
			s.oldest = age
		}
	}
	return s
}

// failures are the texts of the first failures of a run.
type failures struct {
	full  atomic.Bool // the rest costs no lock
	mu    sync.Mutex
	texts []string
}

func (f *failures) add(err error) {
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

func (f *failures) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.texts
}

// slowest are the three slowest chunks of a run.
type slowest struct {
	least  atomic.Int64 // a chunk must take longer to be among them
	mu     sync.Mutex
	chunks [3]core.ChunkEnd // the slowest first
	count  int
}

func (s *slowest) add(e *core.ChunkEnd) {
	if int64(e.Duration) <= s.least.Load() {
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
		s.least.Store(int64(s.chunks[s.count-1].Duration))
	}
}

func (s *slowest) list() []core.ChunkEnd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]core.ChunkEnd(nil), s.chunks[:s.count]...)
}

// durations returns what the slowest chunk took, and the third slowest, which
// tells better what is usual.
func (s *slowest) durations() (slowest, usual time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == 0 {
		return 0, 0
	}
	return s.chunks[0].Duration, s.chunks[s.count-1].Duration
}
