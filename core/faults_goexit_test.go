package core_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func testHookGoexits(t *testing.T) {
	for _, form := range runForms() {
		if form.ownLoop {
			continue // a hook may exit the caller's goroutine: see below
		}
		t.Run(form.name, func(t *testing.T) {
			eachMoment(t, form, func(t *testing.T, m core.Moment) {
				t.Helper()
				for _, f := range (faultTest{form, 2, m, 1, runtime.Goexit}).run(t, core.FaultGoexit) {
					if f.Value != nil {
						t.Errorf("the fault's value is %v", f.Value)
					}
				}
			})
		})
	}
	// At the moments of a chunk the caller's goroutine exits, but the chunk runs once.
	// Other moments have a goroutine of the run.
	t.Run("Start", func(t *testing.T) {
		eachMoment(t, runForms()[6], func(t *testing.T, m core.Moment) {
			t.Helper()
			faultTest{runForms()[6], 2, m, 1, runtime.Goexit}.run(t, core.FaultGoexit)
		})
	})
	// All workers lose their goroutine at the same moment, many times.
	t.Run("8 workers at once", func(t *testing.T) {
		for _, m := range calledMoments {
			t.Run(m.String(), func(t *testing.T) { testAllWorkersGoexit(t, m) })
		}
	})
}

func testAllWorkersGoexit(t *testing.T, m core.Moment) {
	t.Helper()
	const workers, chunks = 8, 64
	var ran sync.Map
	exits := hookAt("exits", m, func(ctx context.Context, _ any) context.Context { runtime.Goexit(); return ctx })
	again := hookAt("again", core.MomentChunkStart, func(ctx context.Context, _ any) context.Context { runtime.Goexit(); return ctx })
	rec, logs := hooktest.NewRecorder(), &logRecorder{}
	e := core.NewExecutor(core.WithWorkers(workers), core.WithChunkSize(1), core.WithContinueOnError(), core.WithLogger(logs.logger()))
	e.Register(exits, rec, again)
	together := newBarrier(workers)
	_, err := core.Map(t.Context(), e, indexes(chunks), func(_ context.Context, i int) (int, error) {
		if _, twice := ran.LoadOrStore(i, true); twice {
			t.Errorf("item %d ran twice", i)
		}
		together.wait()
		return 0, errBoom
	})
	if e := mustRunError(t, err); e.ItemsFailed != chunks || e.Outcome != core.OutcomeError {
		t.Errorf("%d of %d items failed, outcome %v", e.ItemsFailed, chunks, e.Outcome)
	}
	checkPairs(t, rec, workers)
	if n := len(hooktest.Of[core.ChunkEnd](rec)); n != chunks {
		t.Errorf("%d chunks ended, want %d", n, chunks)
	}
	for _, hook := range []string{"exits", "again"} {
		if n := len(logs.linesOf(hook)); n != 1 {
			t.Errorf("%d lines about hook %q, want 1", n, hook)
		}
	}
}

// barrier makes goroutines wait until all of them have arrived.
type barrier struct {
	mu      sync.Mutex
	arrived sync.Cond
	parties int
	waiting int
	round   int
}

func newBarrier(parties int) *barrier {
	b := &barrier{parties: parties}
	b.arrived.L = &b.mu
	return b
}

func (b *barrier) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting++
	if b.waiting == b.parties {
		b.waiting = 0
		b.round++
		b.arrived.Broadcast()
		return
	}
	for round := b.round; round == b.round; {
		b.arrived.Wait()
	}
}
