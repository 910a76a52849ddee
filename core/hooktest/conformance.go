package hooktest

import (
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// Conformance tests whether a hook survives everything that can happen to hooks.
// Its subtests call each moment that the hook implements, by hand and in real runs:
//
//   - with zero events, contexts that have ended, ends without starts, starts
//     without ends, and events after Shutdown;
//   - with names, ids and errors of any bytes and any length, in every field;
//   - from many goroutines at once, for two executors, with two registrations.
//
// They also check that
//
//   - a core.Shutdowner or core.Flusher survives Shutdown twice, concurrently and
//     with a context that has ended, and Flush after it;
//   - start hooks return the values of their context;
//   - for a core.StatsReporter, everything produced is delivered, dropped or
//     pending, and nothing is pending after Shutdown;
//   - the name is constant and not empty, and Unwrap leads to an end.
//
// newHook returns a new hook each time, and may call t.Fatal. It is called about
// twenty times, and once more for each call of the hook that fails. A
// core.Shutdowner is shut down when its subtest ends, unless a call of it failed.
// The hook's backend need not be there, but a Shutdown that waits for it makes the
// test slow. Interfaces are found as core.Hooks and core.HookAs find them.
//
// Conformance does not check what the hook sends or how fast it is. Run the test
// with -race, because many goroutines share the hook.
func Conformance(t *testing.T, newHook func() core.Hook) {
	t.Helper()
	conform(realT{t}, newHook)
}

// tester is the part of *testing.T that the suite uses. The suite's own tests
// implement it to see the suite fail.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(f func())
	Run(name string, f func(t tester)) bool
}

type realT struct{ *testing.T }

func (t realT) Run(name string, f func(t tester)) bool {
	return t.T.Run(name, func(t *testing.T) {
		t.Helper()
		f(realT{t})
	})
}

// checks are the subtests.
var checks = []struct {
	name  string
	check func(t tester, newHook func() core.Hook)
}{
	{"zero_events", checkZeroEvents},
	{"contexts", checkContexts},
	{"context_values", checkContextValues},
	{"extreme_events", checkExtremeEvents},
	{"hostile_texts", checkHostileTexts},
	{"unpaired_events", checkUnpairedEvents},
	{"runs", checkRuns},
	{"hostile_runs", checkHostileRuns},
	{"shared", checkShared},
	{"concurrent", checkConcurrent},
	{"flush", checkFlush},
	{"shutdown", checkShutdown},
	{"after_shutdown", checkAfterShutdown},
	{"stats", checkStats},
}

func conform(t tester, newHook func() core.Hook) {
	t.Helper()
	if newHook == nil {
		t.Fatalf("Conformance needs a function that returns a new hook; it is nil")
	}
	// The other checks fail in confusing ways if the hook has a wrong shape.
	if !t.Run("shape", func(t tester) { checkShape(t, newHook) }) {
		return
	}
	for _, c := range checks {
		t.Run(c.name, func(t tester) {
			t.Helper()
			c.check(t, newHook)
		})
	}
}
