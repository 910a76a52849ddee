package termhook

import (
	"context"
	"io"

	"github.com/chunkscope/chunkscope/core"
)

var (
	_ core.Shutdowner      = (*Hook)(nil)
	_ core.StatsReporter   = (*Hook)(nil)
	_ core.HookRunStart    = (*runObserver)(nil)
	_ core.HookRunEnd      = (*runObserver)(nil)
	_ core.HookWorkerEnd   = (*runObserver)(nil)
	_ core.HookChunkEnd    = (*runObserver)(nil)
	_ core.HookItemFailure = (*runObserver)(nil)
	_ core.HookProgress    = (*runObserver)(nil)
	_ core.HookFault       = disabled{}
)

const hookName = "termhook"

// Hook shows the progress of runs on a terminal, or in lines of text or JSON.
// It may be registered with any number of executors, and is safe for concurrent
// use. The moments are observed by what it unwraps to, so that a Hook that
// shows nothing observes nothing.
type Hook struct {
	mode    Mode
	moments core.Hook
	display *display
}

// New returns a hook that shows progress on standard error, as the environment
// says or in the way that suits it. It fails if the mode is unknown, or is
// ModeTTY and the writer no terminal. Nothing is started before the first run.
// Whoever made the hook calls Shutdown.
func New(opts ...Option) (*Hook, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	h := &Hook{mode: c.mode, display: newDisplay(c)}
	h.moments = &runObserver{h.display}
	if c.mode == ModeNone {
		h.moments = disabled{}
	}
	return h, nil
}

// HookName returns "termhook".
func (h *Hook) HookName() string { return hookName }

// Unwrap returns the hook that observes runs. Register looks for it.
func (h *Hook) Unwrap() core.Hook { return h.moments }

// Mode returns the mode that is in use: never ModeAuto.
func (h *Hook) Mode() Mode { return h.mode }

// Writer returns a writer for what else goes to the same place, such as the
// program's log: log.SetOutput(hook.Writer()). On a terminal its lines
// appear above the progress, and in every mode no line is torn apart. A line is
// on its way when Write returns; what has no end yet waits for it, at most
// 64 KiB of it, or for Shutdown. Write waits as long as the underlying writer
// does, and returns its errors. It is safe for concurrent use, also after Shutdown.
func (h *Hook) Writer() io.Writer { return h.display.writer }

// Stats returns how many ends of runs there were to tell. Produced is counted
// when a run ends, Delivered when the writer has taken its summary. Dropped are
// those that the writer refused ("write_error"), those of more than 256 that
// waited for a blocked writer ("queue_full"), those that Shutdown could not
// wait for ("shutdown") and those that came after it ("closed"). Errors counts
// failed writes of any kind. What is only redrawn counts nowhere.
func (h *Hook) Stats() core.HookStats { return h.display.delivery.snapshot() }

// Shutdown tells what is left to tell, removes the progress of runs that go on,
// and shows nothing more. It waits for the writer until ctx is done, and 8 s
// at most if ctx has no deadline. Its error says how many ends of runs were lost since the hook
// was made, and why. Further calls do the same.
func (h *Hook) Shutdown(ctx context.Context) error { return h.display.shutdown(ctx) }

// silent observes nothing: faults of other hooks are the rarest of moments.
type disabled struct{}

func (disabled) HookName() string                    { return hookName }
func (disabled) OnFault(context.Context, core.Fault) {}

// watcher notes what happens, in memory only, for the display.
type runObserver struct{ display *display }

func (w *runObserver) HookName() string { return hookName }

// of returns the record of the run that ctx belongs to, nil if there is none.
func (w *runObserver) runOf(ctx context.Context) *run {
	if ctx == nil {
		return nil
	}
	r, _ := ctx.Value(w).(*run)
	return r
}

// OnRunStart puts a run on display.
func (w *runObserver) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	if ctx == nil { // only where a hook is called by hand
		ctx = context.Background()
	}
	r := newRun(e)
	w.display.addRun(r)
	return context.WithValue(ctx, w, r)
}

// OnProgress notes how far a run is.
func (w *runObserver) OnProgress(ctx context.Context, e core.Progress) {
	if r := w.runOf(ctx); r != nil {
		r.setProgress(e)
		w.display.notifyChange()
	}
}

// OnItemFailure keeps the texts of the first failures.
func (w *runObserver) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	if r := w.runOf(ctx); r != nil {
		r.failures.add(e.Err)
	}
}

// OnChunkEnd keeps the slowest chunks.
func (w *runObserver) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if r := w.runOf(ctx); r != nil {
		r.slowest.add(&e)
	}
}

// OnWorkerEnd keeps what a worker did.
func (w *runObserver) OnWorkerEnd(ctx context.Context, e core.WorkerEnd) {
	if r := w.runOf(ctx); r != nil {
		r.addWorker(e)
	}
}

// OnRunEnd hands a run over to be summed up, and waits a moment for that, so
// that what the program prints next comes after it.
func (w *runObserver) OnRunEnd(ctx context.Context, e core.RunEnd) {
	if r := w.runOf(ctx); r != nil {
		w.display.endRun(r, e)
	}
}
