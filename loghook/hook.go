package loghook

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/runctx"
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

// Hook logs what happens in runs. It may be registered with any number of
// executors, and is safe for concurrent use. The hook that Unwrap returns
// observes the runs, so that progress is observed only with WithProgress.
type Hook struct {
	observer core.Hook
	queue    *sendq.Queue[record]
}

// New returns a hook that logs. Its error reports every mistake in the options.
// The first run starts the hook's goroutine. The creator calls Shutdown.
func New(opts ...Option) (*Hook, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	h := &Hook{queue: newQueue(c.logger)}
	o := &runObserver{h.queue, c}
	h.observer = o
	if c.progress > 0 {
		h.observer = progressObserver{o}
	}
	return h, nil
}

// HookName returns "loghook".
func (h *Hook) HookName() string { return hookName }

// Unwrap returns the hook that observes runs. Executor.Register calls it.
func (h *Hook) Unwrap() core.Hook { return h.observer }

// Stats returns how many records there were, and how many of them were
// delivered and dropped.
func (h *Hook) Stats() core.HookStats { return h.queue.Stats() }

// Flush waits until the logger has handled every record made before the call,
// or until ctx ends. It returns an error if records are still pending then.
func (h *Hook) Flush(ctx context.Context) error { return h.queue.Flush(ctx) }

// Shutdown gives the pending records to the logger and refuses later ones. It
// waits until ctx ends, and 8 s at most if ctx has no deadline. Its error
// reports how many records were lost in the hook's life, and why.
func (h *Hook) Shutdown(ctx context.Context) error { return h.queue.Close(ctx) }

// runObserver makes records of events, in memory only.
type runObserver struct {
	queue  *sendq.Queue[record]
	config *config
}

// HookName returns "loghook".
func (o *runObserver) HookName() string { return hookName }

func (o *runObserver) enqueue(r record) bool { return o.queue.Put(r.class, r) }

// runOf returns the run that ctx belongs to, nil if there is none.
func (o *runObserver) runOf(ctx context.Context) *run { return runctx.From[*run](ctx, o) }

// OnRunStart logs "run started".
func (o *runObserver) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	r := newRun(ctx, e)
	o.enqueue(r.startRecord(&e))
	return runctx.With(ctx, o, r)
}

// OnItemFailure logs the first failures one by one, and the number of later
// ones.
func (o *runObserver) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	r := o.runOf(ctx)
	if r == nil {
		return
	}
	switch first, more := r.failures.add(&e); {
	case first:
		o.enqueue(r.failureRecord(&e))
	case more > 0:
		o.enqueue(r.moreFailuresRecord(&e, more))
	}
}

// OnAnomaly logs "anomaly began" or "anomaly ended".
func (o *runObserver) OnAnomaly(ctx context.Context, e core.Anomaly) {
	if r := o.runOf(ctx); r != nil {
		o.enqueue(r.anomalyRecord(&e))
	}
}

// OnRunEnd logs "run ended". It waits briefly until the logger has handled the
// record, because the program may be about to exit.
func (o *runObserver) OnRunEnd(ctx context.Context, e core.RunEnd) {
	if r := o.runOf(ctx); r != nil {
		end := r.endRecord(&e)
		if o.enqueue(end) {
			end.await()
		}
	}
}

// progressObserver also observes progress.
type progressObserver struct{ *runObserver }

// OnProgress logs "run progress" when the interval is over.
func (o progressObserver) OnProgress(ctx context.Context, e core.Progress) {
	r := o.runOf(ctx)
	if r == nil || e.Elapsed-r.lastProgress < o.config.progress || e.ItemsDone == e.Items {
		return // once all items are done, the record of the run's end follows
	}
	r.lastProgress = e.Elapsed
	o.queue.PutLatest(classProgress, r.progressRecord(&e), func(waiting record) bool { return waiting.run == r })
}
