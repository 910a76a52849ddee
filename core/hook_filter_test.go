package core_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		even, all := hooktest.NewRecorder(), hooktest.NewRecorder()
		asked := 0
		e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(5))
		e.Register(core.Filter(even, func(s core.RunStart) bool {
			asked++
			return s.Items%2 == 0
		}), all)
		for n := range 4 {
			_, _ = core.Map(t.Context(), e, indexes(n), sleepFor(tick))
		}
		if len(hooktest.Of[core.RunStart](all)) != 4 || len(hooktest.Of[core.RunEnd](all)) != 4 || asked != 4 {
			t.Errorf("the predicate was called %d times for 4 runs, and the other hook got %d runs", asked, len(hooktest.Of[core.RunStart](all)))
		}
		ids := map[string]bool{}
		for _, s := range hooktest.Of[core.RunStart](even) {
			ids[s.RunID] = true
			if s.Items%2 != 0 {
				t.Errorf("a run of %d items got through the filter", s.Items)
			}
		}
		for _, c := range hooktest.Of[core.ChunkEnd](even) {
			if !ids[c.RunID] {
				t.Errorf("a chunk of another run got through the filter: %+v", c)
			}
		}
		if len(ids) != 2 || len(hooktest.Of[core.RunEnd](even)) != 2 || len(hooktest.Of[core.Progress](even)) != 2 {
			t.Errorf("the filtered hook saw %d runs, want 2", len(ids))
		}
	})
}

// TestFilterAsksOnce has one predicate for two hooks, which see the same runs.
func TestFilterAsksOnce(t *testing.T) {
	a, b := hooktest.NewRecorder(), hooktest.NewRecorder()
	asked := 0
	e := core.NewExecutor()
	e.Register(core.Filter(core.MultiHook(a, b), func(core.RunStart) bool {
		asked++
		return asked%2 == 0 // every other run
	}))
	for range 4 {
		_, _ = core.Map(t.Context(), e, indexes(1), sleepFor(0))
	}
	if runs := [3]int{asked, len(hooktest.Of[core.RunStart](a)), len(hooktest.Of[core.RunStart](b))}; runs != [3]int{4, 2, 2} {
		t.Errorf("asked, and let the hooks see: %v; want 4 and 2 each", runs)
	}
}

// TestNestedFilters checks that a hook sees the runs that all its filters keep.
func TestNestedFilters(t *testing.T) {
	atLeast := func(n int) func(core.RunStart) bool { return func(s core.RunStart) bool { return s.Items >= n } }
	for _, limits := range [][2]int{{2, 3}, {3, 2}} {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor()
		e.Register(core.Filter(core.Filter(rec, atLeast(limits[0])), atLeast(limits[1])))
		for n := range 5 {
			_, _ = core.Map(t.Context(), e, indexes(n), sleepFor(0))
		}
		var seen []int
		for _, s := range hooktest.Of[core.RunStart](rec) {
			seen = append(seen, s.Items)
		}
		checkEqual(t, "runs seen", seen, []int{3, 4})
	}
}

func TestFilterFaults(t *testing.T) {
	misbehaviours := map[core.FaultKind]func(){
		core.FaultPanic:  func() { panic(errBoom) },
		core.FaultGoexit: runtime.Goexit,
		core.FaultStuck:  func() { time.Sleep(15 * time.Second) },
	}
	for kind, misbehave := range misbehaviours {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec, after, logs := namedRecorder{hooktest.NewRecorder(), "filtered"}, hooktest.NewRecorder(), &logRecorder{}
				e := core.NewExecutor(core.WithLogger(logs.logger()))
				e.Register(core.Filter(rec, func(core.RunStart) bool {
					misbehave()
					return true
				}), core.Filter(after, func(core.RunStart) bool { return true }))
				if _, err := core.Map(t.Context(), e, indexes(3), sleepFor(0)); err != nil {
					t.Error(err)
				}
				for _, rec := range []*hooktest.Recorder{rec.Recorder, after} {
					f := onlyOne[core.Fault](t, rec)
					if f.Hook != "filtered" || f.Moment != core.MomentFilter || f.Kind != kind || (f.Value == errBoom) != (kind == core.FaultPanic) {
						t.Errorf("the fault is %+v", f)
					}
					onlyOne[core.RunStart](t, rec)
					onlyOne[core.RunEnd](t, rec)
				}
				if len(logs.linesOf("filtered")) != 1 {
					t.Errorf("logged: %v", logs.lines)
				}
			})
		})
	}
}
