package core_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestHookFaults has a subtest for each mistake of a hook. Slow hooks are not here:
// bench_test.go compares runs with and without hooks. Nothing limits how long a hook
// takes, because a run waits for its hooks.
func TestHookFaults(t *testing.T) {
	t.Run("panics", testHookPanics)
	t.Run("calls Goexit", testHookGoexits)
	t.Run("blocks forever", testHookBlocks)
	t.Run("mutates args, keeps pointers", testHookMutates)
	t.Run("returns nil, cancelled or unrelated context", testHookContexts)
	t.Run("re-enters Run, Register, Shutdown", testHookReenters)
	t.Run("same hook registered twice or on two executors", testHookTwice)
}

// faultTest is a run with one bad hook among recorders. One of its items panics. If
// the bad hook is a fault hook, another hook panics first, so that it is called.
type faultTest struct {
	form      runForm
	workers   int
	moment    core.Moment
	position  int // of the bad hook: 0 first, 1 in the middle, 2 last
	misbehave func()
}

const (
	faultTestItems   = 12
	faultTestFailing = 4 // this item panics or fails
)

// run checks what must hold for every mistake of a hook. It returns the faults of the
// bad hook that the recorders got.
func (s faultTest) run(t *testing.T, kind core.FaultKind) []core.Fault {
	t.Helper()
	logs := &logRecorder{}
	var mu sync.Mutex
	calls := 0
	bad := hookAt("bad", s.moment, func(ctx context.Context, _ any) context.Context {
		mu.Lock()
		calls++
		mu.Unlock()
		s.misbehave()
		return ctx
	})
	recorders := []*hooktest.Recorder{hooktest.NewRecorder(), hooktest.NewRecorder()}
	hooks := slices.Insert([]core.Hook{recorders[0], recorders[1]}, s.position, core.Hook(bad))
	if s.moment == core.MomentFault {
		trigger := hookAt("trigger", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("trigger") })
		hooks = slices.Insert(hooks, 0, core.Hook(trigger))
	}

	items := newItemTracker(faultTestItems)
	w := workload{items: faultTestItems, workers: s.workers, continueOnError: true}
	w.process = items.process(func(_ context.Context, i, _ int) error {
		if i == faultTestFailing {
			panic(errBoom) // in user code, so no fault of a hook
		}
		return nil
	})
	e := w.executor(core.WithLogger(logs.logger()), core.WithProgressInterval(0))
	e.Register(hooks...)
	result := s.form.run(t.Context(), e, w)

	for i, state := range items.states {
		failed := i == faultTestFailing || s.form.perChunk && state == itemFailed && i/workloadChunk == faultTestFailing/workloadChunk
		if (state == itemFailed) != failed && !s.form.stream || state == itemUnfinished {
			t.Errorf("item %d: state %d", i, state)
		}
		if !s.form.stream && state == itemSucceeded && result.values[i] != valueOf(i) {
			t.Errorf("result %d is %d, want %d", i, result.values[i], valueOf(i))
		}
	}
	workers := s.workers
	if s.form.ownLoop {
		workers = 0
	}
	for _, rec := range recorders {
		checkPairs(t, rec, workers)
		end := onlyOne[core.RunEnd](t, rec)
		if end.ItemsDone != faultTestItems || end.ItemsFailed != items.count(itemFailed) || end.Outcome != core.OutcomePanic {
			t.Errorf("the run ended %+v", end)
		}
		if n := len(hooktest.Of[core.ItemFailure](rec)); n != 1 {
			t.Errorf("%d failures were reported", n)
		}
		progress := hooktest.Of[core.Progress](rec)
		if len(progress) == 0 || progress[len(progress)-1].ItemsDone != faultTestItems {
			t.Errorf("the last progress is missing: %+v", progress)
		}
	}

	faults := hooktest.Of[core.Fault](recorders[0])
	if len(faults) != len(hooktest.Of[core.Fault](recorders[1])) {
		t.Errorf("one recorder got %d faults, the other %d", len(faults), len(hooktest.Of[core.Fault](recorders[1])))
	}
	reported := slices.DeleteFunc(slices.Clone(faults), func(f core.Fault) bool { return f.Hook != "bad" })
	want := calls
	if s.moment == core.MomentFault {
		want = 0 // a fault of a fault hook is only logged
		if calls != len(faults) {
			t.Errorf("OnFault was called %d times for %d faults", calls, len(faults))
		}
	}
	if calls == 0 || len(reported) != want {
		t.Errorf("%d calls, %d faults, want %d", calls, len(reported), want)
	}
	for _, f := range reported {
		if f.Moment != s.moment || f.Kind != kind || f.Executor != "job" || f.RunID == "" || f.At.IsZero() {
			t.Errorf("fault %+v", f)
		}
		if len(f.Stack) == 0 || len(f.Stack) > 8<<10 || !strings.Contains(string(f.Stack), "faultTest") {
			t.Errorf("stack of %d bytes: %.200s", len(f.Stack), f.Stack)
		}
	}
	s.checkLog(t, logs, kind)
	return reported
}

// checkLog checks that the log has one line about the bad hook, of bounded size.
func (s faultTest) checkLog(t *testing.T, logs *logRecorder, kind core.FaultKind) {
	t.Helper()
	lines := logs.linesOf("bad")
	if len(lines) != 1 {
		t.Fatalf("%d lines were logged about the hook, want 1: %v", len(lines), lines)
	}
	line := lines[0]
	if line["moment"] != s.moment.String() || line["kind"] != string(kind) || line["executor"] != "job" || line["run"] == "" {
		t.Errorf("logged %v", line)
	}
	if len(line["value"]) > 1<<10+len("…") || len(line["stack"]) > 8<<10 {
		t.Errorf("logged a value of %d bytes and a stack of %d", len(line["value"]), len(line["stack"]))
	}
}

// eachMoment calls f for every moment of a form.
func eachMoment(t *testing.T, form runForm, f func(t *testing.T, m core.Moment)) {
	t.Helper()
	for _, m := range calledMoments {
		if form.ownLoop && (m == core.MomentWorkerStart || m == core.MomentWorkerEnd) {
			continue
		}
		t.Run(m.String(), func(t *testing.T) { f(t, m) })
	}
}

// The default logger is looked up at each line, so that a later one is used.
func TestFaultsGoToTheDefaultLogger(t *testing.T) {
	logs := &logRecorder{}
	e := core.NewExecutor()
	e.Register(hookAt("bad", core.MomentRunStart, func(context.Context, any) context.Context { panic("x") }))
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(logs.logger())
	for range 2 {
		if err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	if n := len(logs.linesOf("bad")); n != 2 {
		t.Errorf("%d lines for the faults of 2 runs", n)
	}
}
