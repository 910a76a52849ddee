package core_test

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// behaviours says where each behaviour that the original's tests ask for is
// held: in tests, given as function or function/subtest, or in something that
// takes its place, and why.
var behaviours = map[int]struct {
	what     string
	tests    []string
	replaced string // "by …, because …"
}{
	1:  {what: "a fresh event counts nothing and shares nothing", tests: []string{"TestEventsStartEmpty", "TestHookFaults/mutates args, keeps pointers"}},
	2:  {what: "a fresh registry is empty", tests: []string{"TestWithoutHooks"}},
	3:  {what: "a hook is called for its own moments only", tests: []string{"TestEachInterfaceByItself"}},
	4:  {what: "hooks are called in registration order", tests: []string{"TestOrderOfHooks"}},
	5:  {what: "a hook registered twice counts once", tests: []string{"TestHookFaults/same hook registered twice or on two executors"}},
	6:  {what: "unregistering, twice and in cycles", tests: []string{"TestUnregister"}},
	7:  {what: "unregistering all", tests: []string{"TestUnregister"}, replaced: "by rule 7, because each Register returns the function that takes back its own hooks and leaves the others"},
	8:  {what: "a failing hook stops neither the next one nor the run", tests: []string{"TestHookFaults/panics", "TestHookFaults/calls Goexit"}},
	9:  {what: "no hooks are harmless", tests: []string{"TestWithoutHooks"}},
	10: {what: "statistics of calls and failures", tests: []string{"TestHookFaults/panics"}, replaced: "by HookFault and StatsReporter, because counting is a hook's work: faults arrive exactly, one each"},
	11: {what: "registering and running from many goroutines", tests: []string{"TestConcurrentRegistration"}},
	12: {what: "an event that contradicts its context", replaced: "by one method for each moment with its own event type, because what does not fit then does not compile"},
	13: {what: "failures of hooks are reported", tests: []string{"TestHookFaults/panics", "TestFaultsGoToTheDefaultLogger"}},
	14: {what: "progress has percent, done and total, and can be throttled", tests: []string{"TestEveryLimitsProgress", "TestPercentWithoutTotal"}},
	15: {what: "throughput can be throttled", tests: []string{"TestEveryLimitsProgress"}},
	16: {what: "events carry the time that passed", tests: []string{"TestChunkDurationsAreTrue", "TestProgressAdvances"}},
	17: {what: "errors are told with their trace, and nothing without one", tests: []string{"TestFailuresAreReported"}},
	18: {what: "results are equal and in order with and without hooks", tests: []string{"TestWithoutHooks", "TestOutcomeTable"}},
	19: {what: "a run's start comes first and its end last, once each, with the facts", tests: []string{"TestRunEvents"}},
	20: {what: "chunks are numbered, and their percentages end at 100", tests: []string{"TestChunkEvents"}},
	21: {what: "chunk sizes add up to the total", tests: []string{"TestChunkEvents"}},
	22: {what: "a chunk's duration is its own", tests: []string{"TestChunkDurationsAreTrue"}},
	23: {what: "time and counts of progress only grow, the total stays", tests: []string{"TestProgressAdvances"}},
	24: {what: "as many progress events as chunks", replaced: "by rule 8, because progress is told by its own goroutine and its own clock, so that no chunk waits for it"},
	25: {what: "empty input", tests: []string{"TestEmptyInput"}},
	26: {what: "a single item", tests: []string{"TestSingleItem"}},
	27: {what: "a failing chunk hook leaves the results alone", tests: []string{"TestHookFaults/panics"}},
	28: {what: "every way to run is really run", tests: []string{"TestOutcomeTable"}},
	29: {what: "the overhead of hooks", replaced: "by paired benchmarks, because one timing of a short run proves nothing on a shared machine"},
	30: {what: "hooks of runs alone work without those of chunks", tests: []string{"TestEachInterfaceByItself"}},
	31: {what: "one start and one end for a run", tests: []string{"TestRunEvents", "TestOutcomeTable"}},
	32: {what: "a life with many hooks on many moments", tests: []string{"TestConcurrentRegistration"}},
}

// TestBehaviours fails on a behaviour that nothing holds, and on a test that
// does not exist.
func TestBehaviours(t *testing.T) {
	const last = 32
	functions, literals := testNames(t)
	for number := range behaviours {
		if number < 1 || number > last {
			t.Errorf("there is no behaviour %d", number)
		}
	}
	for number := 1; number <= last; number++ {
		b := behaviours[number]
		if b.what == "" || len(b.tests) == 0 && b.replaced == "" {
			t.Errorf("nothing holds behaviour %d", number)
		}
		if b.replaced != "" && (!strings.HasPrefix(b.replaced, "by ") || !strings.Contains(b.replaced, ", because ")) {
			t.Errorf("behaviour %d is replaced %q: say by what, and why", number, b.replaced)
		}
		for _, test := range b.tests {
			function, subtest, nested := strings.Cut(test, "/")
			if !functions[function] || nested && !literals[subtest] {
				t.Errorf("behaviour %d: there is no test %q", number, test)
			}
		}
	}
}

// testNames returns the test functions of this package and the names given to
// t.Run as they are.
func testNames(t *testing.T) (functions, subtests map[string]bool) {
	t.Helper()
	functions, subtests = map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && strings.HasPrefix(n.Name.Name, "Test") {
					functions[n.Name.Name] = true
				}
			case *ast.CallExpr:
				f, isMethod := n.Fun.(*ast.SelectorExpr)
				if !isMethod || f.Sel.Name != "Run" || len(n.Args) == 0 {
					return true
				}
				if name, ok := n.Args[0].(*ast.BasicLit); ok && name.Kind == token.STRING {
					text, _ := strconv.Unquote(name.Value)
					subtests[text] = true
				}
			}
			return true
		})
	}
	return functions, subtests
}

// only is what hooks for a single moment have in common.
type momentHook struct {
	nameOnly
	calls *atomic.Int32
}

func (o momentHook) countCall() { o.calls.Add(1) }

type (
	runStartHook    struct{ momentHook }
	runEndHook      struct{ momentHook }
	workerStartHook struct{ momentHook }
	workerEndHook   struct{ momentHook }
	chunkStartHook  struct{ momentHook }
	chunkEndHook    struct{ momentHook }
	itemFailureHook struct{ momentHook }
	progressHook    struct{ momentHook }
	anomalyHook     struct{ momentHook }
	faultHook       struct{ momentHook }
)

func (h runStartHook) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	h.countCall()
	return ctx
}

func (h chunkStartHook) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	h.countCall()
	return ctx
}
func (h runEndHook) OnRunEnd(context.Context, core.RunEnd)                { h.countCall() }
func (h workerStartHook) OnWorkerStart(context.Context, core.WorkerStart) { h.countCall() }
func (h workerEndHook) OnWorkerEnd(context.Context, core.WorkerEnd)       { h.countCall() }
func (h chunkEndHook) OnChunkEnd(context.Context, core.ChunkEnd)          { h.countCall() }
func (h itemFailureHook) OnItemFailure(context.Context, core.ItemFailure) { h.countCall() }
func (h progressHook) OnProgress(context.Context, core.Progress)          { h.countCall() }
func (h anomalyHook) OnAnomaly(context.Context, core.Anomaly)             { h.countCall() }
func (h faultHook) OnFault(context.Context, core.Fault)                   { h.countCall() }

// TestEachInterfaceByItself registers a hook for each Hook… interface that
// hook.go declares, which implements nothing else: one that Register does not
// know makes it panic, one that nobody calls is seen here. A new interface
// needs a line in the table.
func TestEachInterfaceByItself(t *testing.T) {
	table := map[string]struct {
		hook  func(momentHook) core.Hook
		calls int32
	}{
		"HookRunStart":    {func(o momentHook) core.Hook { return runStartHook{o} }, 1},
		"HookRunEnd":      {func(o momentHook) core.Hook { return runEndHook{o} }, 1},
		"HookWorkerStart": {func(o momentHook) core.Hook { return workerStartHook{o} }, 2},
		"HookWorkerEnd":   {func(o momentHook) core.Hook { return workerEndHook{o} }, 2},
		"HookChunkStart":  {func(o momentHook) core.Hook { return chunkStartHook{o} }, 3},
		"HookChunkEnd":    {func(o momentHook) core.Hook { return chunkEndHook{o} }, 3},
		"HookItemFailure": {func(o momentHook) core.Hook { return itemFailureHook{o} }, 1},
		"HookProgress":    {func(o momentHook) core.Hook { return progressHook{o} }, 1},
		"HookAnomaly":     {func(o momentHook) core.Hook { return anomalyHook{o} }, 0}, // nothing raises one yet
		"HookFault":       {func(o momentHook) core.Hook { return faultHook{o} }, 1},
	}
	declared := hookInterfaces(t)
	for name := range table {
		if declared[name] == "" {
			t.Errorf("hook.go declares no %s", name)
		}
	}
	for name, method := range declared {
		t.Run(name, func(t *testing.T) {
			row, ok := table[name]
			if !ok {
				t.Fatal("the interface has no line in the table")
			}
			o := momentHook{calls: new(atomic.Int32)}
			hook := row.hook(o)
			if methods := reflect.TypeOf(hook); methods.NumMethod() != 2 {
				t.Fatalf("%T has %d methods, want HookName and %s", hook, methods.NumMethod(), method)
			} else if _, ok := methods.MethodByName(method); !ok {
				t.Fatalf("%T does not have %s", hook, method)
			}
			synctest.Test(t, func(t *testing.T) { // so that progress is told at the end only
				e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(2), core.WithContinueOnError(), core.WithLogger((&logRecorder{}).logger()))
				if value := panicOf(func() { e.Register(hook) }); value != nil {
					t.Fatalf("Register does not know the interface: %v", value)
				}
				if name == "HookFault" {
					e.Register(core.OnRunStart(func(core.RunStart) { panic("x") }))
				}
				_ = core.ForEach(t.Context(), e, indexes(6), func(_ context.Context, i int) error {
					if i == 3 {
						return errBoom
					}
					return nil
				})
			})
			if got := o.calls.Load(); got != row.calls {
				t.Errorf("called %d times, want %d", got, row.calls)
			}
		})
	}
}

// hookInterfaces returns the exported Hook… interfaces of hook.go and the
// method that each adds to Hook.
func hookInterfaces(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "hook.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name == "Hook" || !strings.HasPrefix(spec.Name.Name, "Hook") {
			return true
		}
		if i, ok := spec.Type.(*ast.InterfaceType); ok {
			for _, m := range i.Methods.List {
				if len(m.Names) == 1 {
					found[spec.Name.Name] = m.Names[0].Name
				}
			}
		}
		return true
	})
	if len(found) == 0 {
		t.Fatal("hook.go declares no hooks")
	}
	return found
}

func TestEventsStartEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2))
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { time.Sleep(time.Minute); return nil })
		start := onlyOne[core.RunStart](t, rec)
		if want := (core.RunStart{Executor: e.Name(), RunID: start.RunID, Items: 2, Workers: 1, Started: began}); !reflect.DeepEqual(start, want) {
			t.Errorf("the run starts as %+v, want %+v", start, want)
		}
		chunk := onlyOne[core.ChunkStart](t, rec)
		if want := (core.ChunkStart{Executor: e.Name(), RunID: start.RunID, Items: 2, Started: began}); chunk != want {
			t.Errorf("the chunk starts as %+v, want %+v", chunk, want)
		}
		first := hooktest.Of[core.Progress](rec)[0]
		if first.ItemsDone+first.ItemsFailed+first.Chunks != 0 || first.ChunksActive != 1 || first.Remaining.Known || !first.OldestChunkStart.Equal(began) {
			t.Errorf("the first progress is %+v", first)
		}
	})
}

// Without hooks, with hooks that were taken away, with many: the answers are
// the same.
func TestWithoutHooks(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			w := workload{items: 50, workers: 4, process: square}
			register := map[string]func(*core.Executor){
				"none":         func(*core.Executor) {},
				"empty":        func(e *core.Executor) { e.Register(nil, core.MultiHook()) },
				"unregistered": func(e *core.Executor) { e.Register(hooktest.NewRecorder())() },
				"one":          func(e *core.Executor) { e.Register(hooktest.NewRecorder()) },
				"many":         func(e *core.Executor) { e.Register(newSpanHook("a"), hooktest.NewRecorder(), newSpanHook("b")) },
			}
			for name, register := range register {
				e := w.executor()
				register(e)
				result := form.run(t.Context(), e, w)
				if result.err != nil || len(result.values) != w.items {
					t.Fatalf("%s: %d results, %v", name, len(result.values), result.err)
				}
				for i, v := range result.values {
					if v != valueOf(i) {
						t.Errorf("%s: result %d is %d, want %d", name, i, v, valueOf(i))
					}
				}
			}
		})
	}
}

// Starts are told in the order of registration, ends in reverse, and the rest
// in order.
func TestOrderOfHooks(t *testing.T) {
	var mu sync.Mutex
	told := map[core.Moment]string{}
	hook := func(name string) core.Hook {
		return &funcHook{name, func(ctx context.Context, m core.Moment, _ any) context.Context {
			mu.Lock()
			told[m] += name
			mu.Unlock()
			if name == "z" && m == core.MomentRunStart {
				panic("x")
			}
			return ctx
		}}
	}
	e := core.NewExecutor(core.WithWorkers(1), core.WithLogger((&logRecorder{}).logger()))
	removeC := e.Register(hook("a"), hook("b"))
	e.Register(hook("c"), core.MultiHook(hook("d"), core.MultiHook(hook("z"))))
	err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return errBoom })
	if failed := mustRunError(t, err); failed.ItemsFailed != 1 {
		t.Error(failed)
	}
	for _, m := range calledMoments {
		want := "abcdz"
		if slices.Contains([]core.Moment{core.MomentRunEnd, core.MomentWorkerEnd, core.MomentChunkEnd}, m) {
			want = "zdcba"
		}
		if told[m] != want {
			t.Errorf("%v was told to %s, want %s", m, told[m], want)
		}
	}
	removeC()
	clear(told)
	e.Register(hook("e"))
	_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil })
	if told[core.MomentRunStart] != "cdze" || told[core.MomentRunEnd] != "ezdc" {
		t.Errorf("after changes: starts %s, ends %s", told[core.MomentRunStart], told[core.MomentRunEnd])
	}
}

// Hooks come and go; a run keeps those it began with.
func TestUnregister(t *testing.T) {
	const cycles = 20
	kept, other, late := hooktest.NewRecorder(), hooktest.NewRecorder(), hooktest.NewRecorder()
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
	run := func(f func(i int)) {
		if err := core.ForEach(t.Context(), e, indexes(2), func(_ context.Context, i int) error { f(i); return nil }); err != nil {
			t.Error(err)
		}
	}
	e.Register(kept)
	for range cycles {
		remove := e.Register(other)
		run(func(i int) {
			if i == 0 { // acts on later runs
				remove()
				e.Register(late)()
			}
		})
		remove() // taking away twice takes nothing else
		run(func(int) {})
	}
	for name, want := range map[string]struct {
		rec  *hooktest.Recorder
		runs int
	}{"kept": {kept, 2 * cycles}, "other": {other, cycles}, "late": {late, 0}} {
		runs, chunks := len(hooktest.Of[core.RunEnd](want.rec)), len(hooktest.Of[core.ChunkEnd](want.rec))
		if runs != want.runs || chunks != 2*want.runs {
			t.Errorf("hook %q saw %d runs and %d chunks, want %d and %d", name, runs, chunks, want.runs, 2*want.runs)
		}
	}
	checkPairs(t, kept, 1)
	checkPairs(t, other, 1)
}

func TestConcurrentRegistration(t *testing.T) {
	const goroutines, times = 5, 10
	e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1))
	run := func() {
		if err := core.ForEach(t.Context(), e, indexes(4), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	var mu sync.Mutex
	var hooks []*hooktest.Recorder
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range times {
				rec := hooktest.NewRecorder()
				e.Register(rec)
				mu.Lock()
				hooks = append(hooks, rec)
				mu.Unlock()
				run()
				e.Register(hooktest.NewRecorder())()
			}
		})
	}
	all.Wait()
	before := map[*hooktest.Recorder]int{}
	for _, rec := range hooks {
		checkPairs(t, rec, 2) // each saw whole runs only
		before[rec] = len(hooktest.Of[core.RunEnd](rec))
	}
	for range goroutines {
		all.Go(func() {
			for range times {
				run()
			}
		})
	}
	all.Wait()
	if len(hooks) != goroutines*times {
		t.Fatalf("%d hooks", len(hooks))
	}
	for _, rec := range hooks {
		checkPairs(t, rec, 2)
		if n := len(hooktest.Of[core.RunEnd](rec)) - before[rec]; n != goroutines*times {
			t.Errorf("a hook saw %d runs, want %d", n, goroutines*times)
		}
	}
}

func TestEveryLimitsProgress(t *testing.T) {
	for _, limit := range []time.Duration{time.Second, 2500 * time.Millisecond, time.Hour} {
		t.Run(limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n, each = 100, 130 * time.Millisecond
				rec, free := hooktest.NewRecorder(), hooktest.NewRecorder()
				var calls []time.Time
				when := core.OnProgress(func(core.Progress) { calls = append(calls, time.Now()) })
				e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
				e.Register(core.Every(limit, core.MultiHook(rec, when)), free)
				_ = core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { time.Sleep(each); return nil })
				told := hooktest.Of[core.Progress](rec)
				for _, p := range told {
					if percent, ok := p.Percent(); !ok || percent != float64(p.ItemsDone) || p.Items != n {
						t.Errorf("%d of %d items are %v %%", p.ItemsDone, p.Items, percent)
					}
				}
				for i := 1; i < len(calls)-1; i++ { // the last one is due in any case
					if after := calls[i].Sub(calls[i-1]); after < limit {
						t.Errorf("told again after %v", after)
					}
				}
				if most := int(n*each/limit) + 2; len(told) < 2 || len(told) > most || len(told) != len(calls) || told[len(told)-1].ItemsDone != n {
					t.Errorf("told %d times, at most %d were due, the last at %d items", len(told), most, told[len(told)-1].ItemsDone)
				}
				if all := len(hooktest.Of[core.Progress](free)); all <= 2*len(told) {
					t.Errorf("the hook without a limit was told %d times, the other %d times", all, len(told))
				}
				if n, chunks := len(hooktest.Of[core.ChunkEnd](rec)), len(hooktest.Of[core.ChunkEnd](free)); n != chunks {
					t.Errorf("%d of %d chunks were told: other moments have no limit", n, chunks)
				}
			})
		})
	}
}

func TestPercentWithoutTotal(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor()
	e.Register(rec)
	for _, err := range core.Stream(t.Context(), e, core.FromSeq(slices.Values(indexes(5))), func(_ context.Context, i int) (int, error) { return i, nil }) {
		if err != nil {
			t.Error(err)
		}
	}
	told := hooktest.Of[core.Progress](rec)
	last := told[len(told)-1]
	if percent, ok := last.Percent(); ok || percent != 0 || last.Items != -1 || last.ItemsDone != 5 {
		t.Errorf("the last progress is %+v: %v, %v", last, percent, ok)
	}
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		if percent, ok := c.Percent(); ok || percent != 0 || c.RunItems != -1 {
			t.Errorf("a chunk is at %v, %v of %d", percent, ok, c.RunItems)
		}
	}
}

func TestFailuresAreReported(t *testing.T) {
	var failures []core.ItemFailure
	e := core.NewExecutor(core.WithWorkers(1), core.WithContinueOnError())
	e.Register(core.OnItemFailure(func(f core.ItemFailure) { failures = append(failures, f) }))
	run := func(fail bool) {
		_ = core.ForEach(t.Context(), e, indexes(4), func(_ context.Context, i int) error {
			switch {
			case fail && i == 1:
				return errBoom
			case fail && i == 2:
				panic(errStop)
			}
			return nil
		})
	}
	run(false)
	if len(failures) != 0 {
		t.Fatalf("nothing failed, and %+v was told", failures)
	}
	run(true)
	if len(failures) != 2 {
		t.Fatalf("%d failures were told", len(failures))
	}
	if f := failures[0]; f.Index != 1 || f.Items != 1 || f.Outcome != core.OutcomeError || !errors.Is(f.Err, errBoom) || f.At.IsZero() {
		t.Errorf("the error was told as %+v", f)
	}
	f := failures[1]
	thrown, ok := errors.AsType[*core.PanicError](f.Err)
	if f.Index != 2 || f.Outcome != core.OutcomePanic || !ok || !strings.Contains(string(thrown.Stack), "TestFailuresAreReported") {
		t.Errorf("the panic was told as %+v", f)
	}
}

func TestRunEvents(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				w := workload{items: 10, workers: 2}
				w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
					time.Sleep(time.Second)
					return square(ctx, lo, hi)
				}
				e := w.executor()
				e.Register(rec)
				form.run(t.Context(), e, w)
				start, end := onlyOne[core.RunStart](t, rec), onlyOne[core.RunEnd](t, rec)
				items, workers := w.items, w.workers
				if form.stream {
					items = -1
				}
				if form.ownLoop {
					workers = 0
				}
				if start.Executor != "job" || start.Items != items || start.Workers != workers {
					t.Errorf("the run starts as %+v", start)
				}
				if !reflect.DeepEqual(end.RunStart, start) || end.ItemsDone != w.items || end.Outcome != core.OutcomeOK || end.Duration <= 0 || !end.Ended.Equal(start.Started.Add(end.Duration)) {
					t.Errorf("the run ends as %+v", end)
				}
				events := rec.Events()
				if first := events[0]; first.Moment != core.MomentRunStart {
					t.Errorf("the first event is %v", first)
				}
				if last := events[len(events)-1]; last.Moment != core.MomentRunEnd {
					t.Errorf("the last event is %v", last)
				}
			})
		})
	}
}

// Chunks are numbered in the order of their offsets, without a gap, whatever
// decides their sizes.
func TestChunkEvents(t *testing.T) {
	for _, workers := range []int{1, 4} {
		for _, opts := range [][]core.Option{nil, {core.WithChunkSize(7)}, {core.WithChunkSize(1000)}, {core.WithTargetChunkDuration(time.Nanosecond)}} {
			for _, perChunk := range []bool{false, true} {
				t.Run(fmt.Sprintf("workers=%d/%d options/perChunk=%v", workers, len(opts), perChunk), func(t *testing.T) {
					const n = 500
					rec := hooktest.NewRecorder()
					e := core.NewExecutor(append(opts, core.WithWorkers(workers))...)
					unregister := e.Register(rec)
					err := core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { return nil })
					if perChunk {
						unregister()
						rec = hooktest.NewRecorder()
						e.Register(rec)
						err = core.ForEachChunk(t.Context(), e, indexes(n), func(context.Context, []int) error { return nil })
					}
					if err != nil {
						t.Fatal(err)
					}
					checkChunks(t, hooktest.Of[core.ChunkEnd](rec), n, workers)
				})
			}
		}
	}
}

func checkChunks(t *testing.T, chunks []core.ChunkEnd, n, workers int) {
	t.Helper()
	if workers == 1 {
		before := 0.0
		for _, c := range chunks {
			percent, ok := c.Percent()
			if !ok || percent < before || percent > 100 {
				t.Errorf("%v %% after %v %%", percent, before)
			}
			before = percent
		}
	}
	done := slices.MaxFunc(chunks, func(a, b core.ChunkEnd) int { return a.RunItemsDone - b.RunItemsDone })
	if percent, _ := done.Percent(); percent != 100 || done.RunItemsDone != n || done.RunItems != n {
		t.Errorf("at the end %d of %d items were done, %v %%", done.RunItemsDone, done.RunItems, percent)
	}
	slices.SortFunc(chunks, func(a, b core.ChunkEnd) int { return a.Chunk - b.Chunk })
	offset := 0
	for i, c := range chunks {
		if c.Chunk != i || c.Offset != offset || c.Items < 1 || c.ItemsDone != c.Items || c.Worker < 0 || c.Worker >= workers || c.Duration < 0 {
			t.Fatalf("chunk %d from %d is %+v", i, offset, c)
		}
		offset += c.Items
	}
	if offset != n {
		t.Errorf("the chunks have %d items, want %d", offset, n)
	}
}

func TestProgressAdvances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 200
		rec := hooktest.NewRecorder()
		// After every chunk, and most of them take no time at all.
		e := core.NewExecutor(core.WithWorkers(3), core.WithChunkSize(1), core.WithProgressInterval(0))
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, indexes(n), func(_ context.Context, i int) error {
			if i%50 == 0 {
				time.Sleep(time.Second)
			}
			return nil
		})
		var last core.Progress
		told := hooktest.Of[core.Progress](rec)
		for i, p := range told {
			if p.Elapsed <= last.Elapsed || p.ItemsDone < last.ItemsDone || p.Chunks < last.Chunks || p.Items != n || p.Throughput < 0 || p.AverageThroughput < 0 {
				t.Errorf("progress %d is %+v after %+v", i, p, last)
			}
			last = p
		}
		if percent, ok := last.Percent(); !ok || percent != 100 || last.Chunks != n || last.ChunksActive != 0 || !last.OldestChunkStart.IsZero() || last.Remaining != (core.Estimate{Known: true}) {
			t.Errorf("the last progress is %+v", last)
		}
	})
}

func TestEmptyInput(t *testing.T) {
	for _, form := range runForms() {
		for _, cancelled := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/cancelled=%v", form.name, cancelled), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				outcome := core.OutcomeOK // cancelled or not: nothing is left undone
				if cancelled {
					cancel()
					if form.stream {
						outcome = core.OutcomeCanceled // its source may have been about to give more
					}
				}
				rec := hooktest.NewRecorder()
				w := workload{items: 0, workers: 2}
				w.process = func(context.Context, int, int) ([]int, error) {
					t.Error("an item ran")
					return nil, nil
				}
				e := w.executor()
				e.Register(rec)
				result := form.run(ctx, e, w)
				if len(result.values) != 0 || (result.err != nil) != (outcome == core.OutcomeCanceled) || !form.stream && result.values == nil {
					t.Errorf("got %v, %v", result.values, result.err)
				}
				if n := len(hooktest.Of[core.ChunkStart](rec)); n != 0 {
					t.Errorf("%d chunks", n)
				}
				end := onlyOne[core.RunEnd](t, rec)
				if end.Outcome != outcome || end.Err != result.err || end.Chunks != 0 || end.ItemsDone != 0 { // the very same
					t.Errorf("the run ended %+v", end)
				}
				if !form.stream {
					if percent, ok := onlyOne[core.Progress](t, rec).Percent(); !ok || percent != 100 {
						t.Errorf("an empty run is at %v %%", percent)
					}
				}
				starts, ends := len(hooktest.Of[core.WorkerStart](rec)), len(hooktest.Of[core.WorkerEnd](rec))
				if starts != ends || starts > 0 && !form.stream {
					t.Errorf("%d workers began, %d ended", starts, ends)
				}
			})
		}
	}
}

func TestSingleItem(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			w := workload{items: 1, workers: 8, process: square}
			e := w.executor()
			e.Register(rec)
			result := form.run(t.Context(), e, w)
			if len(result.values) != 1 || result.values[0] != valueOf(0) || result.err != nil {
				t.Errorf("got %v, %v", result.values, result.err)
			}
			chunk := onlyOne[core.ChunkEnd](t, rec)
			if percent, ok := chunk.Percent(); chunk.Items != 1 || ok == form.stream || ok && percent != 100 {
				t.Errorf("the chunk ended %+v at %v %%", chunk, percent)
			}
		})
	}
}

// A plain function is a hook, and needs no lock of its own: -race would tell.
func TestFunctionHooks(t *testing.T) {
	var starts, ends, chunks, failures, progress, faults, anomalies int
	e := core.NewExecutor(core.WithWorkers(8), core.WithChunkSize(1), core.WithContinueOnError(), core.WithLogger((&logRecorder{}).logger()))
	hooks := []core.Hook{
		core.OnRunStart(func(core.RunStart) { starts++ }),
		core.OnRunEnd(func(core.RunEnd) { ends++ }),
		core.OnChunkEnd(func(core.ChunkEnd) { chunks++ }),
		core.OnItemFailure(func(core.ItemFailure) { failures++ }),
		core.OnProgress(func(core.Progress) { progress++ }),
		core.OnFault(func(core.Fault) { faults++ }),
		core.OnAnomaly(func(core.Anomaly) { anomalies++ }),
	}
	e.Register(hooks...)
	e.Register(hookAt("bad", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("x") }))
	const runs, n = 4, 20
	var all sync.WaitGroup
	for range runs {
		all.Go(func() {
			_ = core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { return errBoom })
		})
	}
	all.Wait()
	if starts != runs || ends != runs || chunks != runs*n || failures != runs*n || faults != runs*n || progress < runs || anomalies != 0 {
		t.Errorf("starts %d, ends %d, chunks %d, failures %d, progress %d, faults %d, anomalies %d", starts, ends, chunks, failures, progress, faults, anomalies)
	}
	names := map[string]bool{}
	for _, h := range hooks {
		names[h.HookName()] = true
	}
	if len(names) != len(hooks) || !names["core.OnRunEnd"] {
		t.Errorf("the hooks have the names %v", names)
	}
}

// The words that backends use, from their only source.
func TestWords(t *testing.T) {
	type word interface {
		fmt.Stringer
		encoding.TextMarshaler
	}
	words := map[word]string{
		core.OutcomeOK: "ok", core.OutcomeCanceled: "canceled", core.OutcomeError: "error", core.OutcomePanic: "panic",
		core.Outcome(0): "unknown", core.Outcome(200): "unknown",
		core.MomentFilter: "filter", core.MomentRunStart: "run_start", core.MomentWorkerStart: "worker_start",
		core.MomentChunkStart: "chunk_start", core.MomentItemFailure: "item_failure", core.MomentChunkEnd: "chunk_end",
		core.MomentProgress: "progress", core.MomentAnomaly: "anomaly", core.MomentFault: "fault",
		core.MomentWorkerEnd: "worker_end", core.MomentRunEnd: "run_end", core.Moment(0): "unknown", core.Moment(200): "unknown",
	}
	for w, want := range words {
		if text, err := w.MarshalText(); w.String() != want || string(text) != want || err != nil {
			t.Errorf("%#v is %q and %q, want %q", w, w, text, want)
		}
	}
	if core.OutcomeOK >= core.OutcomeCanceled || core.OutcomeCanceled >= core.OutcomeError || core.OutcomeError >= core.OutcomePanic {
		t.Error("the outcomes are not in the order of their weight")
	}
}
