package core_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
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
	17: {what: "errors are reported with their stack, and nothing without one", tests: []string{"TestFailuresAreReported"}},
	18: {what: "results are equal and in order with and without hooks", tests: []string{"TestWithoutHooks", "TestOutcomeTable"}},
	19: {what: "a run's start comes first and its end last, once each, with the facts", tests: []string{"TestRunEvents"}},
	20: {what: "chunks are numbered, and their percentages end at 100", tests: []string{"TestChunkEvents"}},
	21: {what: "chunk sizes add up to the total", tests: []string{"TestChunkEvents"}},
	22: {what: "a chunk's duration is its own", tests: []string{"TestChunkDurationsAreTrue"}},
	23: {what: "time and counts of progress only grow, the total stays", tests: []string{"TestProgressAdvances"}},
	24: {what: "as many progress events as chunks", replaced: "by rule 8, because progress has its own goroutine and its own clock, so that no chunk waits for it"},
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
