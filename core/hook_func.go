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
func OnRunStart(f func(RunStart)) Hook { return &runStartFunc{serially(f != nil, "OnRunStart"), f} }

// OnRunEnd returns a hook that calls f when a run is over.
func OnRunEnd(f func(RunEnd)) Hook { return &runEndFunc{serially(f != nil, "OnRunEnd"), f} }

// OnChunkEnd returns a hook that calls f after each chunk.
func OnChunkEnd(f func(ChunkEnd)) Hook { return &chunkEndFunc{serially(f != nil, "OnChunkEnd"), f} }

// OnItemFailure returns a hook that calls f for each failed item.
func OnItemFailure(f func(ItemFailure)) Hook {
	return &itemFailureFunc{serially(f != nil, "OnItemFailure"), f}
}

// OnProgress returns a hook that calls f when a run has advanced.
func OnProgress(f func(Progress)) Hook { return &progressFunc{serially(f != nil, "OnProgress"), f} }

// OnAnomaly returns a hook that calls f when a run behaves unlike itself.
func OnAnomaly(f func(Anomaly)) Hook { return &anomalyFunc{serially(f != nil, "OnAnomaly"), f} }

// OnFault returns a hook that calls f when a hook misbehaves.
func OnFault(f func(Fault)) Hook { return &faultFunc{serially(f != nil, "OnFault"), f} }

// serial is what the hooks below have in common: a name, and the lock of a
// function that is called by one goroutine at a time.
type serial struct {
	name string
	turn turn
}

func serially(given bool, name string) serial {
	if !given {
		panic("core: " + name + ": the function is nil")
	}
	return serial{"core." + name, newTurn()}
}

func (s *serial) HookName() string { return s.name }

// No code is shared between the methods below: an event is long, and one more
// call, under the lock, is one more copy of it.
type (
	runStartFunc struct {
		serial
		f func(RunStart)
	}
	runEndFunc struct {
		serial
		f func(RunEnd)
	}
	chunkEndFunc struct {
		serial
		f func(ChunkEnd)
	}
	itemFailureFunc struct {
		serial
		f func(ItemFailure)
	}
	progressFunc struct {
		serial
		f func(Progress)
	}
	anomalyFunc struct {
		serial
		f func(Anomaly)
	}
	faultFunc struct {
		serial
		f func(Fault)
	}
)

func (h *runStartFunc) OnRunStart(ctx context.Context, e RunStart) context.Context {
	h.turn.take()
	defer h.turn.give()
	h.f(e)
	return ctx
}

func (h *runEndFunc) OnRunEnd(_ context.Context, e RunEnd) {
	h.turn.take()
	defer h.turn.give()
	h.f(e)
}

func (h *chunkEndFunc) OnChunkEnd(_ context.Context, e ChunkEnd) {
	h.turn.take()
	defer h.turn.give()
	h.f(e)
}

func (h *itemFailureFunc) OnItemFailure(_ context.Context, e ItemFailure) {
	h.turn.take()
	defer h.turn.give()
	h.f(e)
}

func (h *progressFunc) OnProgress(_ context.Context, e Progress) {
	h.turn.take()
	defer h.turn.give()
	h.f(e)
}

func (h *anomalyFunc) OnAnomaly(_ context.Context, e Anomaly) {
	h.turn.take()
	defer h.turn.give()
	h.f(e)
}

func (h *faultFunc) OnFault(_ context.Context, e Fault) {
	h.turn.take()
	defer h.turn.give()
	h.f(e)
}
