package core

import (
	"context"
	"errors"
)

// The functions below make a hook of a plain function. Each hook calls its
// function under a lock of its own, so that a closure may keep state. The function
// must not start a run of an executor that the hook is registered with: that run
// would wait for the lock. They panic if the function is nil.

// OnRunStart returns a hook that calls f when a run begins.
func OnRunStart(f func(RunStart)) Hook {
	return &runStartFunc{newSerialized(f != nil, "OnRunStart"), f}
}

// OnRunEnd returns a hook that calls f when a run has ended.
func OnRunEnd(f func(RunEnd)) Hook { return &runEndFunc{newSerialized(f != nil, "OnRunEnd"), f} }

// OnChunkEnd returns a hook that calls f after each chunk.
func OnChunkEnd(f func(ChunkEnd)) Hook {
	return &chunkEndFunc{newSerialized(f != nil, "OnChunkEnd"), f}
}

// OnItemFailure returns a hook that calls f for each failed item.
func OnItemFailure(f func(ItemFailure)) Hook {
	return &itemFailureFunc{newSerialized(f != nil, "OnItemFailure"), f}
}

// OnProgress returns a hook that calls f when a run has advanced.
func OnProgress(f func(Progress)) Hook {
	return &progressFunc{newSerialized(f != nil, "OnProgress"), f}
}

// OnAnomaly returns a hook that calls f when a run behaves unlike itself.
func OnAnomaly(f func(Anomaly)) Hook { return &anomalyFunc{newSerialized(f != nil, "OnAnomaly"), f} }

// OnFault returns a hook that calls f when a hook misbehaves.
func OnFault(f func(Fault)) Hook { return &faultFunc{newSerialized(f != nil, "OnFault"), f} }

// serialized is the common part of the hooks below: a name, and the lock around
// the function.
type serialized struct {
	name string
	mu   spinLock
}

func newSerialized(ok bool, name string) serialized {
	if !ok {
		panic(errors.New("core: " + name + ": the function is nil; give one"))
	}
	return serialized{"core." + name, newSpinLock()}
}

func (s *serialized) HookName() string { return s.name }

// The methods below share no code: an event is long, and a further call would
// copy it once more, under the lock.
type (
	runStartFunc struct {
		serialized
		f func(RunStart)
	}
	runEndFunc struct {
		serialized
		f func(RunEnd)
	}
	chunkEndFunc struct {
		serialized
		f func(ChunkEnd)
	}
	itemFailureFunc struct {
		serialized
		f func(ItemFailure)
	}
	progressFunc struct {
		serialized
		f func(Progress)
	}
	anomalyFunc struct {
		serialized
		f func(Anomaly)
	}
	faultFunc struct {
		serialized
		f func(Fault)
	}
)

func (h *runStartFunc) OnRunStart(ctx context.Context, e RunStart) context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(e)
	return ctx
}

func (h *runEndFunc) OnRunEnd(_ context.Context, e RunEnd) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(e)
}

func (h *chunkEndFunc) OnChunkEnd(_ context.Context, e ChunkEnd) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(e)
}

func (h *itemFailureFunc) OnItemFailure(_ context.Context, e ItemFailure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(e)
}

func (h *progressFunc) OnProgress(_ context.Context, e Progress) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(e)
}

func (h *anomalyFunc) OnAnomaly(_ context.Context, e Anomaly) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(e)
}

func (h *faultFunc) OnFault(_ context.Context, e Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(e)
}
