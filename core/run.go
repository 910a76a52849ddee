package core

import (
	"context"
	"crypto/rand"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// run is one pass of an executor over some items.
type run struct {
	exec       *Executor
	parent     *run // the run in whose user code this one was started, if any
	start      RunStart
	base       time.Time // origin of the run's clock; start.Started
	end        RunEnd
	registered *hookSet // when the run began
	set        *hookSet // without what filters keep out; under the lock until open returns
	feed       feed     // where workers find chunks, nil for runs of Executor.Start

	whole   bool          // a function takes a chunk as a whole
	results bool          // the caller gets results by index, and may ask the error about each
	quiet   bool          // no hook looks at the work
	metered bool          // the workers' meters run
	fixed   int           // size of every chunk but the last, 0 if sizes differ
	prompt  bool          // a chunk is there as soon as a worker asks: the end of its last one is the start of the next
	timed   bool          // sizes of chunks follow the clock
	clocked bool          // chunk durations are wanted even though no hook is
	target  time.Duration // of a chunk

	given   context.Context // the caller's, to tell its cancellation from ours
	until   context.Context // given, with our cancellation
	ctx     context.Context // what chunks run in
	cancel  context.CancelCauseFunc
	ctxs    []context.Context // the run's own, and what each start hook made of it
	telling context.Context   // ctx, never cancelled

	working sync.WaitGroup
	ended   atomic.Bool // the executor no longer counts it

	// All workers write here for each chunk, and read what is above all the
	// time: without the space around it they would wait for each other. One cache
	// line for both, as its way from worker to worker is what costs.
	_         [64]byte
	next      atomic.Int64 // what plan gives out next
	itemsDone atomic.Int64 // of ended chunks, kept where an end hook is told
	_         [64]byte

	monitor  *monitor
	watchdog watchdog

	mu      sync.Mutex
	workers []*worker
	posts   []*sentinel
	faulty  map[string]bool // hooks with a logged fault
	failures
}

// feed gives workers their chunks.
type feed interface {
	// claim sets w's chunk, offset and size, and w.want may bound the size. It
	// returns false when there are no more.
	claim(w *worker) bool
	// failed is told that the unit of w's chunk at w.pos failed, and finished
	// that all units before w.pos are finished and no other will be.
	failed(w *worker, err error)
	finished(w *worker)
}

// newRun makes a run of n items, -1 if not known, or returns ErrShutdown.
func (e *Executor) newRun(given context.Context, n, workers int) (*run, error) {
	if given == nil {
		panic("core: the context is nil; pass context.Background() if there is none")
	}
	r := &run{exec: e, given: given, target: e.config.target}
	r.start = RunStart{Executor: e.config.name, Items: n, Workers: workers}
	r.parent = runOf(given)
	if w, ok := given.Value(runKey{}).(*wanted); ok {
		r.start.RunID, r.start.Attrs = w.info.ID, w.info.Attrs
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	if r.start.RunID == "" {
		r.start.RunID = rand.Text()
	}
	r.base = time.Now()
	r.start.Started = r.base
	r.until, r.cancel = context.WithCancelCause(given)
	r.ctx = &runContext{r.until, r}
	r.telling = r.ctx
	r.registered = e.hooks()
	r.set = r.registered
	return r, nil
}

// now is the time since the run started, on the monotonic clock.
func (r *run) now() time.Duration { return time.Since(r.base) }

// at is the instant of a run time. Instants of a run never go back, even if
// the wall clock is set meanwhile.
func (r *run) at(d time.Duration) time.Time { return r.base.Add(d) }

// info is the run as user code sees it.
func (r *run) info() RunInfo {
	return RunInfo{Executor: r.start.Executor, ID: r.start.RunID, Attrs: maps.Clone(r.start.Attrs)}
}

// event is the start event, for one hook.
func (r *run) event() RunStart {
	e := r.start
	e.Attrs = maps.Clone(e.Attrs)
	return e
}

// open tells the start and prepares for chunks.
func (r *run) open() {
	if r.set.moments > 0 {
		r.ctxs = append(r.ctxs, r.ctx)
		r.telling = context.WithoutCancel(r.ctx)
		r.watchdog.start(r)
	}
	if r.set.filtered || len(r.set.runStart) > 0 {
		o := &runStartDispatch{post: post{run: r}, opened: make(chan struct{})}
		r.watch(&o.post)
		aside(o, o.opened)
		telling := context.WithoutCancel(r.ctx)
		r.mu.Lock()
		r.telling = telling
		r.mu.Unlock()
	}
	r.quiet = !r.set.watchesWork()
	r.metered = r.whole || len(r.set.progress) > 0
	if len(r.set.progress) > 0 {
		r.monitor = startMonitor(r)
	}
}

// work starts the workers and waits until they are through.
func (r *run) work(body func(*worker) error) {
	seats := make([]worker, r.start.Workers)
	r.mu.Lock()
	r.workers = make([]*worker, len(seats))
	for i := range seats {
		w := &seats[i]
		w.init(r, i)
		w.body = body
		w.own = chunkContext{r.ctx, w}
		w.setHome(r.until, &w.own)
		r.workers[i] = w
	}
	r.mu.Unlock()
	r.working.Add(len(seats))
	for i := range seats {
		go survive(&seats[i])
	}
	r.working.Wait()
}

// close tells the end, and returns the error of the run. given is the error
// the caller has for it.
func (r *run) close(given error) error {
	now := r.now()
	r.settle(given, r.judge(given))
	r.end.Ended, r.end.Duration = r.at(now), now
	if r.monitor != nil {
		r.monitor.stop()
	}
	if len(r.set.runEnd) > 0 {
		c := &runEndDispatch{post: post{run: r}, closed: make(chan struct{})}
		r.watch(&c.post)
		aside(c, c.closed)
	}
	if r.watchdog.timer != nil {
		r.watchdog.stop()
	}
	r.cancel(nil)
	r.ended.Store(true)
	r.exec.leave()
	return r.end.Err
}

// settle counts what was done and decides how the run ended.
func (r *run) settle(given error, outcome Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var total tally
	for _, w := range r.workers {
		total.add(w.total)
	}
	e := &r.end
	e.RunStart = r.start
	e.ItemsDone, e.ItemsFailed = total.items, total.failed
	e.Chunks, e.ChunksFailed = total.chunks, total.chunksFailed
	e.Err = r.failures.result(r, given, outcome, e)
}

// listeners returns the run's hooks and the context to tell faults in, at any time.
func (r *run) listeners() (*hookSet, context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set, r.telling
}

// watch lets the watchdog see p.
func (r *run) watch(p *post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts = append(r.posts, &p.sentinel)
}

// sentinels are all places from which hooks are called.
func (r *run) sentinels() []*sentinel {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := append([]*sentinel(nil), r.posts...)
	for _, w := range r.workers {
		all = append(all, &w.sentinel)
	}
	return all
}
