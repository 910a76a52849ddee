package hooktest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestRecorderKeepsFaultsOfOthers(t *testing.T) {
	rec, noLog := hooktest.NewRecorder(), core.WithLogger(discard)
	exec := core.NewExecutor(core.WithName("job"), core.WithWorkers(1), noLog)
	exec.Register(core.OnRunEnd(func(core.RunEnd) { panic("bad hook") }), rec)
	if err := core.ForEach(t.Context(), exec, []int{1}, failAt(0, nil)); err != nil {
		t.Fatal(err)
	}
	lines := rec.Lines()
	if got, want := lines[len(lines)-1], `fault of "core.OnRunEnd" in run_end: "panic" "bad hook"`; got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
	wantPaired(t, rec) // although the fault comes after the run's end
}

// Several recorders, and runs inside of runs, keep their contexts apart.
func TestRecordersAreIndependent(t *testing.T) {
	a, b := hooktest.NewRecorder(), hooktest.NewRecorder()
	outer := core.NewExecutor(core.WithName("outer"), core.WithWorkers(8), core.WithChunkSize(1))
	inner := core.NewExecutor(core.WithName("inner"), core.WithWorkers(2), core.WithChunkSize(1))
	outer.Register(a, b)
	inner.Register(b, a)
	var running sync.WaitGroup
	for i := range 4 {
		running.Go(func() {
			ctx := core.WithRun(t.Context(), core.RunInfo{ID: fmt.Sprint(i / 2)}) // two runs share one id
			_ = core.ForEach(ctx, outer, make([]int, 20), func(ctx context.Context, _ int) error {
				return core.ForEach(ctx, inner, make([]int, 4), func(context.Context, int) error { return nil })
			})
		})
	}
	running.Wait()
	if n := len(hooktest.Of[core.RunEnd](a)); n != 4+4*20 {
		t.Errorf("%d runs", n)
	}
	wantPaired(t, a)
	wantPaired(t, b)
}
