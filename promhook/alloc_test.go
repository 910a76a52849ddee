package promhook_test

import (
	"context"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

func TestChunkEndAllocatesNothing(t *testing.T) {
	hook, _ := newHook()
	for _, o := range []core.Outcome{core.OutcomeOK, core.OutcomeError, core.OutcomePanic, core.OutcomeCanceled} {
		e := chunkEnd("a")
		e.Outcome, e.ItemsDone, e.ItemsFailed = o, 900, 100
		if n := testing.AllocsPerRun(100, func() { hook.OnChunkEnd(context.Background(), e) }); n != 0 {
			t.Errorf("%v: %v allocations a chunk", o, n)
		}
	}
}

// TestRunAllocatesLittle checks that a run with the hook allocates no more for
// its chunks than one without.
func TestRunAllocatesLittle(t *testing.T) {
	hook, _ := newHook()
	const chunks = 3200
	items := make([]int, chunks)
	run := func(hooks ...core.Hook) float64 {
		e := newExecutor("a", hooks, core.WithChunkSize(1), core.WithWorkers(1))
		return testing.AllocsPerRun(5, func() { _ = core.ForEach(context.Background(), e, items, noop) })
	}
	if without, with := run(), run(hook); with-without > chunks/32 {
		t.Errorf("%v allocations for %d chunks with the hook, %v without", with, chunks, without)
	}
}
