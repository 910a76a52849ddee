package core_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// funcHook calls a function at every moment. The function's result counts for starts
// only.
type funcHook struct {
	name     string
	onMoment func(ctx context.Context, m core.Moment, event any) context.Context
}

func (h *funcHook) HookName() string { return h.name }
func (h *funcHook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	return h.onMoment(ctx, core.MomentRunStart, e)
}

func (h *funcHook) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	return h.onMoment(ctx, core.MomentChunkStart, e)
}

func (h *funcHook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	h.onMoment(ctx, core.MomentRunEnd, e)
}

func (h *funcHook) OnWorkerStart(ctx context.Context, e core.WorkerStart) {
	h.onMoment(ctx, core.MomentWorkerStart, e)
}

func (h *funcHook) OnWorkerEnd(ctx context.Context, e core.WorkerEnd) {
	h.onMoment(ctx, core.MomentWorkerEnd, e)
}

func (h *funcHook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	h.onMoment(ctx, core.MomentChunkEnd, e)
}

func (h *funcHook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	h.onMoment(ctx, core.MomentItemFailure, e)
}

func (h *funcHook) OnProgress(ctx context.Context, e core.Progress) {
	h.onMoment(ctx, core.MomentProgress, e)
}

func (h *funcHook) OnAnomaly(ctx context.Context, e core.Anomaly) {
	h.onMoment(ctx, core.MomentAnomaly, e)
}

func (h *funcHook) OnFault(ctx context.Context, e core.Fault) { h.onMoment(ctx, core.MomentFault, e) }

// hookAt returns a funcHook that calls onMoment at one moment only.
func hookAt(name string, at core.Moment, onMoment func(ctx context.Context, event any) context.Context) *funcHook {
	return &funcHook{name, func(ctx context.Context, m core.Moment, event any) context.Context {
		if m == at {
			return onMoment(ctx, event)
		}
		return ctx
	}}
}

// calledMoments are the moments at which an executor calls a funcHook. Nothing
// reports an anomaly yet.
var calledMoments = []core.Moment{
	core.MomentRunStart, core.MomentWorkerStart, core.MomentChunkStart, core.MomentItemFailure, core.MomentChunkEnd,
	core.MomentProgress, core.MomentFault, core.MomentWorkerEnd, core.MomentRunEnd,
}

// namedRecorder is a Recorder with a name of its own.
type namedRecorder struct {
	*hooktest.Recorder
	name string
}

func (r namedRecorder) HookName() string { return r.name }

// onlyOne returns the only event of a kind.
func onlyOne[E hooktest.AnyEvent](t *testing.T, rec *hooktest.Recorder) E {
	t.Helper()
	found := hooktest.Of[E](rec)
	if len(found) != 1 {
		t.Fatalf("%d events of type %T, want 1", len(found), *new(E))
	}
	return found[0]
}

// checkPairs checks that every start has exactly one end after it, and that each
// run has this many workers.
func checkPairs(t *testing.T, rec *hooktest.Recorder, workers int) {
	t.Helper()
	for _, problem := range rec.Unpaired() {
		t.Error(problem)
	}
	type id struct {
		kind, run string
		worker    int
	}
	starts, chunks := map[id]int{}, map[core.ChunkStart]bool{}
	for _, event := range rec.Events() {
		switch e := event.Value.(type) {
		case core.RunStart:
			starts[id{"run", e.RunID, 0}]++
		case core.WorkerStart:
			starts[id{"worker", e.RunID, e.Worker}]++
		case core.ChunkStart:
			if chunks[e] {
				t.Errorf("started twice: %+v", e)
			}
			chunks[e] = true
		case core.ChunkEnd:
			if !chunks[e.ChunkStart] {
				t.Errorf("ended without this start: %+v", e.ChunkStart)
			}
		}
	}
	for id, n := range starts {
		if n > 1 {
			t.Errorf("%s %d of run %q started %d times", id.kind, id.worker, id.run, n)
		}
	}
	runs, started := len(hooktest.Of[core.RunStart](rec)), len(hooktest.Of[core.WorkerStart](rec))
	if runs == 0 || started != workers*runs {
		t.Errorf("%d workers in %d runs, want %d each", started, runs, workers)
	}
}

// logRecorder is a slog.Handler that keeps the attributes of each line.
type logRecorder struct {
	mu    sync.Mutex
	lines []map[string]string
}

func (l *logRecorder) logger() *slog.Logger                     { return slog.New(l) }
func (l *logRecorder) Enabled(context.Context, slog.Level) bool { return true }
func (l *logRecorder) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logRecorder) WithGroup(string) slog.Handler            { return l }
func (l *logRecorder) Handle(_ context.Context, r slog.Record) error {
	line := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		line[a.Key] = a.Value.String()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	return nil
}

// linesOf returns the lines about a hook.
func (l *logRecorder) linesOf(hook string) []map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.lines), func(line map[string]string) bool { return line["hook"] != hook })
}
