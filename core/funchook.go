package core

import (
	"context"
)

// The functions below make a hook of a plain function, for what a closure can
// do. Each hook calls its function under a lock of its own, so the function
// may keep state without one; it must not start a run of an executor that the
// hook is registered with, which would wait for that lock. They panic if the
// function is nil.

// OnRunStart returns a hook that calls f when a run begins.
func OnRunStart(f func(RunStart)) Hook { return &runStartFunc{locked(f, "OnRunStart")} }

// OnRunEnd returns a hook that calls f when a run is over.
func OnRunEnd(f func(RunEnd)) Hook { return &runEndFunc{locked(f, "OnRunEnd")} }

// OnChunkEnd returns a hook that calls f after each chunk.
func OnChunkEnd(f func(ChunkEnd)) Hook { return &chunkEndFunc{locked(f, "OnChunkEnd")} }

// OnItemFailure returns a hook that calls f for each failed item.
func OnItemFailure(f func(ItemFailure)) Hook { return &itemFailureFunc{locked(f, "OnItemFailure")} }

// OnProgress returns a hook that calls f when a run has advanced.
func OnProgress(f func(Progress)) Hook { return &progressFunc{locked(f, "OnProgress")} }

// OnAnomaly returns a hook that calls f when a run behaves unlike itself.
func OnAnomaly(f func(Anomaly)) Hook { return &anomalyFunc{locked(f, "OnAnomaly")} }

// OnFault returns a hook that calls f when a hook misbehaves.
func OnFault(f func(Fault)) Hook { return &faultFunc{locked(f, "OnFault")} }

type (
	runStartFunc    struct{ *lockedFunc[RunStart] }
	runEndFunc      struct{ *lockedFunc[RunEnd] }
	chunkEndFunc    struct{ *lockedFunc[ChunkEnd] }
	itemFailureFunc struct{ *lockedFunc[ItemFailure] }
	progressFunc    struct{ *lockedFunc[Progress] }
	anomalyFunc     struct{ *lockedFunc[Anomaly] }
	faultFunc       struct{ *lockedFunc[Fault] }
)

func (h *runStartFunc) OnRunStart(ctx context.Context, e RunStart) context.Context {
	h.call(e)
	return ctx
}
func (h *runEndFunc) OnRunEnd(_ context.Context, e RunEnd)                { h.call(e) }
func (h *chunkEndFunc) OnChunkEnd(_ context.Context, e ChunkEnd)          { h.call(e) }
func (h *itemFailureFunc) OnItemFailure(_ context.Context, e ItemFailure) { h.call(e) }
func (h *progressFunc) OnProgress(_ context.Context, e Progress)          { h.call(e) }
func (h *anomalyFunc) OnAnomaly(_ context.Context, e Anomaly)             { h.call(e) }
func (h *faultFunc) OnFault(_ context.Context, e Fault)                   { h.call(e) }

// lockedFunc is a function that is called by one goroutine at a time.
type lockedFunc[E any] struct {
	name string
	turn turn
	f    func(E)
}

func locked[E any](f func(E), name string) *lockedFunc[E] {
	if f == nil {
		panic("core: " + name + ": the function is nil")
	}
	return &lockedFunc[E]{name: "core." + name, turn: newTurn(), f: f}
}

func (l *lockedFunc[E]) HookName() string { return l.name }

func (l *lockedFunc[E]) call(e E) {
	l.turn.take()
	defer l.turn.give()
	l.f(e)
}
