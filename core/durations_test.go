package core_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// A chunk's Duration is that of its work to the nanosecond. Slow hooks and other
// workers do not change it.
func TestChunkDurationsAreTrue(t *testing.T) {
	sleep := func(d time.Duration, panics bool) func(context.Context, any) context.Context {
		return func(ctx context.Context, _ any) context.Context {
			time.Sleep(d)
			if panics {
				panic("x")
			}
			return ctx
		}
	}
	type slow struct {
		at     core.Moment
		panics bool
	}
	variants := map[string][]slow{
		"no slow hook":       nil,
		"slow start":         {{core.MomentChunkStart, false}},
		"slow failure":       {{core.MomentItemFailure, false}},
		"slow end":           {{core.MomentChunkEnd, false}},
		"slow and panicking": {{core.MomentChunkStart, true}, {core.MomentItemFailure, true}, {core.MomentChunkEnd, true}},
		"slow fault hook":    {{core.MomentFault, false}},
		"all slow":           {{core.MomentChunkStart, false}, {core.MomentItemFailure, false}, {core.MomentChunkEnd, false}},
	}
	for name, slows := range variants {
		for _, form := range runForms() {
			for _, workers := range []int{1, 4} {
				t.Run(fmt.Sprintf("%s/%s/workers=%d", name, form.name, workers), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						rec := hooktest.NewRecorder()
						hooks := []core.Hook{rec}
						for i, s := range slows {
							hooks = append(hooks, hookAt(fmt.Sprint("slow", i), s.at, sleep(time.Duration(i+1)*700*time.Millisecond, s.panics)))
						}
						if name == "slow fault hook" {
							hooks = append(hooks, hookAt("panics", core.MomentItemFailure, sleep(0, true)))
						}
						testDurations(t, form, workers, rec, hooks)
					})
				})
			}
		}
	}
}

func testDurations(t *testing.T, form runForm, workers int, rec *hooktest.Recorder, hooks []core.Hook) {
	t.Helper()
	const n, failing = 5 * workloadChunk, 7
	takes := func(i int) time.Duration {
		if i == 0 {
			return 3 * time.Second // in the first chunk; the others must not wait for it
		}
		return time.Duration(i) * time.Millisecond
	}
	var mu sync.Mutex
	worked := map[int]time.Duration{} // by the chunk's number
	w := workload{items: n, workers: workers, continueOnError: true}
	w.process = func(ctx context.Context, lo, hi int) (_ []int, err error) {
		chunk, _ := core.ChunkFrom(ctx)
		for i := lo; i < hi; i++ {
			time.Sleep(takes(i))
			mu.Lock()
			worked[chunk.Index] += takes(i)
			mu.Unlock()
			if i == failing {
				err = errBoom
			}
		}
		out, _ := square(ctx, lo, hi)
		return out, err
	}
	e := w.executor(core.WithLogger((&logRecorder{}).logger()))
	e.Register(hooks...)
	form.run(t.Context(), e, w)

	busy := map[int]time.Duration{}
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		busy[c.Worker] += c.Duration
		if c.Duration != worked[c.Chunk] {
			t.Errorf("chunk %d took %v, the work in it %v", c.Chunk, c.Duration, worked[c.Chunk])
		}
		if c.Ended.Sub(c.Started) < c.Duration || c.RunElapsed != c.Ended.Sub(onlyOne[core.RunStart](t, rec).Started) {
			t.Errorf("chunk %d: from %v to %v, %v in the run", c.Chunk, c.Started, c.Ended, c.RunElapsed)
		}
	}
	for _, e := range hooktest.Of[core.WorkerEnd](rec) {
		if e.Busy != busy[e.Worker] {
			t.Errorf("worker %d was busy for %v, its chunks for %v", e.Worker, e.Busy, busy[e.Worker])
		}
	}
	if end := onlyOne[core.RunEnd](t, rec); end.Duration != end.Ended.Sub(end.Started) || end.ItemsDone != n {
		t.Errorf("the run ended %+v", end)
	}
}
