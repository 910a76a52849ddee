package core

import (
	"context"
	"crypto/rand"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// run is one pass of an executor over its items.
type run struct {
	exec       *Executor
	parent     *run // the run whose user code started this one, if any
	start      RunStart
	base       time.Time // origin of the run's clock, equal to start.Started
	end        RunEnd
	registered *hookSet    // when the run began
	set        *hookSet    // without hooks that a Filter leaves out; under the lock until open returns
	source     chunkSource // of the workers' chunks, nil for runs of Executor.Start

	chunkFunc      bool          // the user's function takes whole chunks
	indexedResults bool          // the caller gets results by index, and RunError.Failed answers for each
	unobserved     bool          // no hook observes the work
	counted        bool          // workers keep their live counters
	reported       bool          // a progress hook reads them
	named          bool          // items or chunks may have names
	fixedSize      int           // of every chunk but the last, 0 if sizes differ
	equalBorders   bool          // chunks have the same borders in every run over the same items
	alwaysReady    bool          // workers never wait for a chunk: the end of one is the start of the next
	timed          bool          // sizes follow the clock
	measured       bool          // chunk durations are needed, with hooks or without
	target         time.Duration // of a chunk, if sizes are timed

	callerCtx context.Context // the caller's; its cancellation is not the run's own
	runCtx    context.Context // callerCtx with the run's own cancellation
	workCtx   context.Context // runCtx with the values of start hooks; chunks run in it
	cancel    context.CancelCauseFunc
	startCtxs []context.Context // the run's first, then the context that each start hook returned
	hookCtx   context.Context   // workCtx, never cancelled

	active sync.WaitGroup
	ended  atomic.Bool // the executor no longer counts it

	// All workers write here for each chunk, and read the fields above all the
	// time. The space around it keeps these apart. Both share a cache line, as
	// moving it from worker to worker is the cost.
	_         [64]byte
	next      atomic.Int64 // the next chunk or item of a sliceSource
	itemsDone atomic.Int64 // of ended chunks, if a chunk end hook needs it
	_         [64]byte

	monitor  *monitor
	watchdog watchdog
	cutter   cutter

	mu           sync.Mutex
	workers      []*worker
	trackers     []*callTracker
	loggedFaults map[string]bool // hooks with a logged fault
	failures
}

// chunkSource hands out the chunks of a run.
type chunkSource interface {
	// claim sets w's chunk, offset and size. A timed size is at most w.nextSize.
	// It returns false when there are no more chunks.
	claim(w *worker) bool
	// unitFailed records that the unit at w.pos of w's chunk failed with err.
	unitFailed(w *worker, err error)
	// chunkFinished records that all units before w.pos are finished, and that no
	// other of w's chunk will be.
	chunkFinished(w *worker)
	// cut makes w end a chunk of a timed size early, and takes back the items that
	// it will not begin. It does nothing if w is in another chunk by now.
	cut(w *worker, chunk int)
	// settleCut makes w's chunk as short as a cut has left it. With giveBack it
	// takes back all items that w has not begun.
	settleCut(w *worker, giveBack bool)
	// itemName calls the user's function for the name of an item of w's chunk. When the
	// chunk has ended, it knows the first and the last item.
	itemName(w *worker, i int) string
}

// newRun returns a run of n items, -1 if not known, or ErrShutdown.
func (e *Executor) newRun(callerCtx context.Context, n, workers int) (*run, error) {
	if e.config.target == 0 {
		panic(errZeroExecutor)
	}
	if callerCtx == nil {
		panic("core: the context is nil; pass context.Background() if there is none")
	}
	r := &run{exec: e, callerCtx: callerCtx, target: e.config.target}
	r.start = RunStart{Executor: e.config.name, Items: n, Workers: workers}
	r.parent = enclosingRun(callerCtx)
	if request, ok := callerCtx.Value(runKey{}).(*runRequest); ok {
		r.start.RunID, r.start.Attrs = request.info.ID, request.info.Attrs
	}
	if err := e.acquireRun(); err != nil {
		return nil, err
	}
	if r.start.RunID == "" {
		r.start.RunID = rand.Text()
	}
	r.base = time.Now()
	r.start.Started = r.base
	r.runCtx, r.cancel = context.WithCancelCause(callerCtx)
	r.workCtx = &runContext{r.runCtx, r}
	r.hookCtx = r.workCtx
	r.registered = e.hooks()
	r.set = r.registered
	return r, nil
}

// now returns the time since the run started, on the monotonic clock.
func (r *run) now() time.Duration { return time.Since(r.base) }

// at returns the instant of a run time. Instants of a run never go back, even if
// the wall clock is set meanwhile.
func (r *run) at(d time.Duration) time.Time { return r.base.Add(d) }

// info returns the run for user code.
func (r *run) info() RunInfo {
	return RunInfo{Executor: r.start.Executor, ID: r.start.RunID, Attrs: maps.Clone(r.start.Attrs)}
}

// event returns the start event for one hook, with attributes of its own.
func (r *run) event() RunStart {
	e := r.start
	e.Attrs = maps.Clone(e.Attrs)
	return e
}

// open calls the start hooks and prepares for chunks.
func (r *run) open() {
	if r.set.moments > 0 {
		r.startCtxs = append(r.startCtxs, r.workCtx)
		r.hookCtx = context.WithoutCancel(r.workCtx)
		r.watchdog.start(r)
	}
	if r.set.filtered || len(r.set.runStart) > 0 {
		d := &runStartDispatch{dispatcher: dispatcher{run: r}, finished: make(chan struct{})}
		r.track(&d.dispatcher)
		runResumableAndWait(d, d.finished)
		hookCtx := context.WithoutCancel(r.workCtx)
		r.mu.Lock()
		r.hookCtx = hookCtx
		r.mu.Unlock()
	}
	r.unobserved = !r.set.watchesWork()
	r.reported = len(r.set.progress) > 0
	r.counted = r.chunkFunc || r.timed || r.reported || r.start.Items < 0 && r.exec.config.limit.ratio < 1
	if r.reported {
		r.monitor = startMonitor(r)
	}
}

// runWorkers starts the workers and waits until they have finished.
func (r *run) runWorkers(process func(*worker) error) {
	workers := make([]worker, r.start.Workers)
	r.mu.Lock()
	r.workers = make([]*worker, len(workers))
	for i := range workers {
		w := &workers[i]
		w.init(r, i)
		w.process = process
		w.workerCtx = chunkContext{r.workCtx, w}
		w.setContext(r.runCtx, &w.workerCtx)
		r.workers[i] = w
	}
	r.mu.Unlock()
	r.active.Add(len(workers))
	for i := range workers {
		go runResumable(&workers[i])
	}
	r.active.Wait()
}

// close calls the end hooks and returns the run's error. endErr is the error of a
// stream's source or of Run.End.
func (r *run) close(endErr error) error {
	now := r.now()
	r.cutter.stop()
	r.finalize(endErr, r.classify(endErr))
	r.end.Ended, r.end.Duration = r.at(now), now
	if r.monitor != nil {
		r.monitor.stop()
	}
	if len(r.set.runEnd) > 0 {
		d := &runEndDispatch{dispatcher: dispatcher{run: r}, finished: make(chan struct{})}
		r.track(&d.dispatcher)
		runResumableAndWait(d, d.finished)
	}
	if r.watchdog.timer != nil {
		r.watchdog.stop()
	}
	r.cancel(ErrRunEnded)
	r.ended.Store(true)
	r.exec.releaseRun()
	return r.end.Err
}

// finalize adds up the workers' totals and decides how the run ended.
func (r *run) finalize(endErr error, outcome Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var total totals
	for _, w := range r.workers {
		total.add(w.total)
	}
	e := &r.end
	e.RunStart = r.start
	e.ItemsDone, e.ItemsFailed = total.items, total.failed
	e.Chunks, e.ChunksFailed = total.chunks, total.chunksFailed
	e.Custom = r.runCounters()
	e.Err = r.failures.result(r, endErr, outcome, e)
}

// listeners returns the run's hooks and the context of fault hooks, at any time.
func (r *run) listeners() (*hookSet, context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set, r.hookCtx
}

// track lets the watchdog see the calls of d.
func (r *run) track(d *dispatcher) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trackers = append(r.trackers, &d.callTracker)
}

// callTrackers returns the trackers of all goroutines that call hooks.
func (r *run) callTrackers() []*callTracker {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := append([]*callTracker(nil), r.trackers...)
	for _, w := range r.workers {
		all = append(all, &w.callTracker)
	}
	return all
}
