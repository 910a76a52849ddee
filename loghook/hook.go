package loghook

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

var (
	_ core.Flusher         = (*Hook)(nil)
	_ core.Shutdowner      = (*Hook)(nil)
	_ core.StatsReporter   = (*Hook)(nil)
	_ core.HookRunStart    = (*runObserver)(nil)
	_ core.HookRunEnd      = (*runObserver)(nil)
	_ core.HookItemFailure = (*runObserver)(nil)
	_ core.HookAnomaly     = (*runObserver)(nil)
	_ core.HookProgress    = progressObserver{}
)

const hookName = "loghook"

// Hook tells a logger what runs do. It may be registered with any number of
// executors, and is safe for concurrent use. The moments are observed by what
// it unwraps to, so that progress is observed only where it was asked for.
type Hook struct {
	moments core.Hook
	queue   *sendq.Queue[record]
}

// New returns a hook that logs. It fails if an option is out of range. Nothing
// is started before the first run. Whoever made the hook calls Shutdown.
func New(opts ...Option) (*Hook, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	h := &Hook{queue: newQueue(c.logger)}
	w := &runObserver{h.queue, c}
	h.moments = w
	if c.progress > 0 {
		h.moments = progressObserver{w}
	}
	return h, nil
}

// HookName returns "loghook".
func (h *Hook) HookName() string { return hookName }

// Unwrap returns the hook that observes runs. Register looks for it.
func (h *Hook) Unwrap() core.Hook { return h.moments }

// Stats returns how many records there were, and what became of them.
func (h *Hook) Stats() core.HookStats { return h.queue.Stats() }

// Flush waits until the logger has every record made so far, or until ctx is done.
func (h *Hook) Flush(ctx context.Context) error { return h.queue.Flush(ctx) }

// Shutdown gives the logger what is left and takes nothing more. It waits for
// the logger until ctx is done, and 8 s at most if ctx has no deadline. Its error says
// how many records were lost since the hook was made, and why.
func (h *Hook) Shutdown(ctx context.Context) error { return h.queue.Close(ctx) }

// watcher makes records of what happens, in memory only.
type runObserver struct {
	queue  *sendq.Queue[record]
	config *config
}

func (w *runObserver) HookName() string { return hookName }

func (w *runObserver) enqueue(r record) bool { return w.queue.Put(r.class, r) }

// of returns the state of the run that ctx belongs to, nil if there is none.
func (w *runObserver) runOf(ctx context.Context) *run {
	if ctx == nil {
		return nil
	}
	r, _ := ctx.Value(w).(*run)
	return r
}

// OnRunStart logs "run started".
func (w *runObserver) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	if ctx == nil { // only where a hook is called by hand
		ctx = context.Background()
	}
	r := newRun(ctx, e)
	w.enqueue(r.startRecord(&e))
	return context.WithValue(ctx, w, r)
}

// OnItemFailure logs the first failures, and how many more there are.
func (w *runObserver) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	r := w.runOf(ctx)
	if r == nil {
		return
	}
	switch first, more := r.failures.add(&e); {
	case first:
		w.enqueue(r.failureRecord(&e))
	case more > 0:
		w.enqueue(r.countRecord(&e, more))
	}
}

// OnAnomaly logs "anomaly began" or "anomaly ended".
func (w *runObserver) OnAnomaly(ctx context.Context, e core.Anomaly) {
	if r := w.runOf(ctx); r != nil {
		w.enqueue(r.anomalyRecord(&e))
	}
}

// OnRunEnd logs "run ended", and waits a moment for that: the program may be
// about to exit.
func (w *runObserver) OnRunEnd(ctx context.Context, e core.RunEnd) {
	if r := w.runOf(ctx); r != nil {
		end := r.endRecord(&e)
		if w.enqueue(end) {
			end.awaitHandler()
		}
	}
}

// progressWatcher observes progress, too.
type progressObserver struct{ *runObserver }

// OnProgress logs "run progress" when it is time.
func (w progressObserver) OnProgress(ctx context.Context, e core.Progress) {
	r := w.runOf(ctx)
	if r == nil || e.Elapsed-r.loggedProgress < w.config.progress || e.ItemsDone == e.Items {
		return // what is done is about to end, and told by that
	}
	r.loggedProgress = e.Elapsed
	w.queue.PutLatest(classProgress, r.progressRecord(&e), func(waiting record) bool { return waiting.run == r })
}
