package core_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// randomFaultHook misbehaves in all ways, at all moments.
type randomFaultHook struct{ *randomFaults }

// randomFaults chooses how a hook misbehaves next.
type randomFaults struct {
	mu  sync.Mutex
	rng *rand.Rand
}

// misbehave misbehaves, or returns a context that a start hook should not return.
func (f *randomFaults) misbehave(ctx context.Context) context.Context {
	f.mu.Lock()
	what := f.rng.IntN(1000)
	f.mu.Unlock()
	switch {
	case what < 150:
		panic(what)
	case what < 250:
		runtime.Goexit()
	case what < 400:
		return nil
	case what < 550:
		ended, cancel := context.WithCancel(ctx)
		cancel()
		return ended
	case what < 600:
		return context.Background()
	case what < 700:
		time.Sleep(time.Duration(what-599) * time.Millisecond)
	case what < 702:
		time.Sleep(15 * time.Second) // is reported as stuck
	}
	return ctx
}

func (*randomFaultHook) HookName() string { return "faulty" }

func (h *randomFaultHook) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	return h.misbehave(ctx)
}

func (h *randomFaultHook) OnRunEnd(ctx context.Context, _ core.RunEnd) { h.misbehave(ctx) }

func (h *randomFaultHook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) { h.misbehave(ctx) }

func (h *randomFaultHook) OnWorkerEnd(ctx context.Context, _ core.WorkerEnd) { h.misbehave(ctx) }

func (h *randomFaultHook) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	return h.misbehave(ctx)
}

func (h *randomFaultHook) OnChunkEnd(ctx context.Context, _ core.ChunkEnd) { h.misbehave(ctx) }

func (h *randomFaultHook) OnItemFailure(ctx context.Context, _ core.ItemFailure) { h.misbehave(ctx) }

func (h *randomFaultHook) OnProgress(ctx context.Context, _ core.Progress) { h.misbehave(ctx) }

func (h *randomFaultHook) OnFault(ctx context.Context, _ core.Fault) { h.misbehave(ctx) }
