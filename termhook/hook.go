package termhook

import (
	"context"
	"io"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/runctx"
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
// use. The hook that Unwrap returns observes the runs, so that a Hook with
// ModeNone observes nothing.
type Hook struct {
	mode     Mode
	observer core.Hook
	display  *display
}

// New returns a hook that shows progress on standard error, in the mode of the
// environment or the one that fits the writer. Its error reports every mistake
// in the options and in CHUNKSCOPE_PROGRESS; one of them is ModeTTY with a
// writer that is no terminal. The first run starts the hook's goroutine. The
// creator calls Shutdown.
func New(opts ...Option) (*Hook, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	h := &Hook{mode: c.mode, display: newDisplay(c)}
	h.observer = &runObserver{h.display}
	if c.mode == ModeNone {
		h.observer = disabled{}
	}
	return h, nil
}

// HookName returns "termhook".
func (h *Hook) HookName() string { return hookName }

// Unwrap returns the hook that observes runs. Executor.Register calls it.
func (h *Hook) Unwrap() core.Hook { return h.observer }

// Mode returns the mode in use. It is never ModeAuto.
func (h *Hook) Mode() Mode { return h.mode }

// Writer returns a writer for other output to the same place, such as the
// program's log: log.SetOutput(hook.Writer()). On a terminal its lines appear
// above the progress, and in every mode a line stays in one piece. A line has
// been written when Write returns. On a terminal the beginning of a line waits
// for the rest of the line, or for Shutdown; at most 64 KiB wait. Write blocks
// while the underlying writer blocks, and returns its errors. It is safe for
// concurrent use, also after Shutdown.
func (h *Hook) Writer() io.Writer { return h.display.writer }

// Stats counts the ends of runs. An end is delivered when the writer has taken
// its summary. The reasons of dropped ones are "write_error" (the writer
// failed), "queue_full" (more than 256 waited for a blocked writer), "shutdown"
// (still pending when the time of Shutdown was up) and "closed" (after
// Shutdown). Errors counts failed writes of any kind. Frames are not counted.
func (h *Hook) Stats() core.HookStats { return h.display.delivery.snapshot() }

// Shutdown writes the pending summaries, removes the progress of active runs,
// and shows nothing afterwards. It waits for the writer until ctx ends, and 8 s
// at most if ctx has no deadline. Its error reports how many ends of runs were
// lost in the hook's life, and why. Further calls do the same.
func (h *Hook) Shutdown(ctx context.Context) error { return h.display.shutdown(ctx) }

// disabled observes nothing of a run. Every hook has to observe some event, and
// the faults of other hooks are the rarest.
type disabled struct{}

func (disabled) HookName() string                    { return hookName }
func (disabled) OnFault(context.Context, core.Fault) {}

// runObserver records events for the display, in memory only.
type runObserver struct{ display *display }

// HookName returns "termhook".
func (o *runObserver) HookName() string { return hookName }

// runOf returns the run that ctx belongs to, nil if there is none.
func (o *runObserver) runOf(ctx context.Context) *run { return runctx.From[*run](ctx, o) }

// OnRunStart adds a run to the display.
func (o *runObserver) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	r := newRun(e)
	o.display.addRun(r)
	return runctx.With(ctx, o, r)
}

// OnProgress records the progress of a run.
func (o *runObserver) OnProgress(ctx context.Context, e core.Progress) {
	if r := o.runOf(ctx); r != nil {
		r.setProgress(e)
		o.display.notifyChange()
	}
}

// OnItemFailure records the texts of the first failures.
func (o *runObserver) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	if r := o.runOf(ctx); r != nil {
		r.failures.add(e.Err)
	}
}

// OnChunkEnd records the slowest chunks, by name if they took a second or more.
func (o *runObserver) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if r := o.runOf(ctx); r != nil {
		r.slowest.add(ctx, &e)
	}
}

// OnWorkerEnd records how much a worker did.
func (o *runObserver) OnWorkerEnd(ctx context.Context, e core.WorkerEnd) {
	if r := o.runOf(ctx); r != nil {
		r.addWorker(e)
	}
}

// OnRunEnd shows the summary of a run. It waits briefly for the writer, so that
// what the program prints next comes after the summary.
func (o *runObserver) OnRunEnd(ctx context.Context, e core.RunEnd) {
	if r := o.runOf(ctx); r != nil {
		o.display.endRun(r, e)
	}
}
