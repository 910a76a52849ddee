package hooktest

import (
	"context"
	"slices"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// Recorder is a hook that keeps every event, of all moments, in the order of
// the calls. It may record any number of runs and executors at once, and all its
// methods are safe for concurrent use. It keeps its events until it is garbage:
// use a new one for each test.
type Recorder struct {
	mu     sync.Mutex
	events []recorded
}

// recorded is an event and the start whose context it has.
type recorded struct {
	Event
	start int // the position of that start; -1 if there is none
}

// The Recorder stores the position of a start in the context that it returns.
// Each Recorder has its own keys, so that two of them in one run do not mix.
type (
	runStartKey   struct{ recorder *Recorder }
	chunkStartKey struct{ recorder *Recorder }
)

var _ interface {
	core.HookRunStart
	core.HookRunEnd
	core.HookWorkerStart
	core.HookWorkerEnd
	core.HookChunkStart
	core.HookChunkEnd
	core.HookItemFailure
	core.HookProgress
	core.HookAnomaly
	core.HookFault
} = (*Recorder)(nil)

// NewRecorder returns an empty Recorder.
func NewRecorder() *Recorder { return &Recorder{} }

// Events returns the events so far, in the order of the calls. The caller owns the
// slice; what the events point to is shared.
func (r *Recorder) Events() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := make([]Event, len(r.events))
	for i, e := range r.events {
		events[i] = e.Event
	}
	return events
}

// Of returns the recorded events of one kind, in the order of the calls:
//
//	for _, c := range hooktest.Of[core.ChunkEnd](rec) { … }
func Of[E AnyEvent](r *Recorder) []E {
	var all []E
	for _, e := range r.Events() {
		if v, ok := e.Value.(E); ok {
			all = append(all, v)
		}
	}
	return all
}

// Lines describes the events so far as Event.String does. It leaves out what
// differs from run to run, so that a test can compare exact text: Progress, whose
// number depends on time, and the worker of each chunk.
//
// With one worker the order is always the same. With several it is not: compare
// sorted lines, as slices.Sorted(slices.Values(rec.Lines())). With
// core.WithChunkSize the number of chunks is the same too.
func (r *Recorder) Lines() []string {
	var lines []string
	for _, e := range r.Events() {
		if e.Moment != core.MomentProgress {
			lines = append(lines, formatEvent(e, false))
		}
	}
	return lines
}

// HookName implements core.Hook.
func (*Recorder) HookName() string { return "hooktest.Recorder" }

// OnRunStart records e. The context that it returns has the position of the start, for OnRunEnd.
func (r *Recorder) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	return withStart(ctx, runStartKey{r}, r.add(e, -1))
}

// OnRunEnd records e.
func (r *Recorder) OnRunEnd(ctx context.Context, e core.RunEnd) {
	r.add(e, startOf(ctx, runStartKey{r}))
}

// OnWorkerStart records e.
func (r *Recorder) OnWorkerStart(_ context.Context, e core.WorkerStart) { r.add(e, -1) }

// OnWorkerEnd records e.
func (r *Recorder) OnWorkerEnd(_ context.Context, e core.WorkerEnd) { r.add(e, -1) }

// OnChunkStart records e. The context that it returns has the position of the start, for OnChunkEnd.
func (r *Recorder) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	return withStart(ctx, chunkStartKey{r}, r.add(e, -1))
}

// OnChunkEnd records e.
func (r *Recorder) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	r.add(e, startOf(ctx, chunkStartKey{r}))
}

// OnItemFailure records e.
func (r *Recorder) OnItemFailure(_ context.Context, e core.ItemFailure) { r.add(e, -1) }

// OnProgress records e.
func (r *Recorder) OnProgress(_ context.Context, e core.Progress) { r.add(e, -1) }

// OnAnomaly records e.
func (r *Recorder) OnAnomaly(_ context.Context, e core.Anomaly) { r.add(e, -1) }

// OnFault records e.
func (r *Recorder) OnFault(_ context.Context, e core.Fault) { r.add(e, -1) }

// add records an event and returns its position.
func (r *Recorder) add(value any, start int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, recorded{newEvent(value), start})
	return len(r.events) - 1
}

// all returns the events so far, with the starts of their contexts.
func (r *Recorder) all() []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

func withStart(ctx context.Context, key any, start int) context.Context {
	return context.WithValue(ctx, key, start)
}

func startOf(ctx context.Context, key any) int {
	if start, ok := ctx.Value(key).(int); ok {
		return start
	}
	return -1
}
