package hooktest

import (
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// Conformance tries whether a hook survives everything that hooks meet: it
// runs subtests that call each moment the hook implements, by hand and in real runs.
//
//   - zero events, finished contexts, ends without starts and starts
//     without ends, events after Shutdown;
//   - names, ids and errors of any bytes and any length, in every field;
//   - calls from many goroutines at once, two executors, two registrations;
//   - Shutdown twice, at once, with a finished context, and Flush after it,
//     for a core.Shutdowner or core.Flusher;
//   - start hooks keep the values of the context they are given;
//   - for a core.StatsReporter, everything produced is delivered, dropped or
//     pending, and nothing is pending after Shutdown;
//   - the name is constant and not empty, and Unwrap leads to an end.
//
// newHook returns a new hook each time, and may call t.Fatal. It is called
// some twenty times, and more if the hook breaks; a core.Shutdowner is shut down
// when its subtest ends, unless it broke. The hook's backend need not be there,
// but a Shutdown that waits for it makes the test slow. Moments and capabilities are
// looked for along Unwrap as core does, and in the hooks of a core.MultiHook.
//
// Nothing is said about what the hook sends or how fast it is. Run the test
// with -race: that many goroutines share the hook is half of what it is for.
func Conformance(t *testing.T, newHook func() core.Hook) {
	t.Helper()
	conform(realT{t}, newHook)
}

// tester is what the suite needs of a *testing.T, so that its own tests can
// watch it fail.
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

// checks are the subtests, each for one thing that hooks meet.
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
	// The others would meet a hook of the wrong shape with confusing failures.
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
