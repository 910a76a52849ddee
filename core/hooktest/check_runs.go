package hooktest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

const fixRun = "see the rules at core.Hook"

// checkRuns runs all scenarios with the hook, with an executor that stops at the
// first failure, with one that goes on and with one that tolerates some failures.
func checkRuns(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	fx.testInRuns("in a real run that stops at the first failure", fixRun, newRunner("job", errSample))
	fx.testInRuns("in a real run that goes on after failures", fixRun, newRunner("job", errSample, core.WithContinueOnError()))
	fx.testInRuns("in a real run that tolerates failures", fixRun, newRunner("job", errSample, core.WithMaxFailedItems(3)))
}

// checkHostileRuns is checkRuns with harmful names, ids and errors.
func checkHostileRuns(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	for _, h := range hostileTexts {
		fx.testInRuns("in a real run with names, ids and errors of "+h.name, fixText, newRunner(h.text, errors.New(h.text)))
	}
	for _, h := range hostileErrors {
		fx.testInRuns("in a real run where user code fails with "+h.name, fixText, newRunner("job", h.err, core.WithContinueOnError()))
	}
}

// checkShared registers one hook with two executors, twice each.
func checkShared(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	const fix = "keep what belongs to a run by its executor and run id, or in the context"
	runners := []*runner{newRunner("job", errSample), newRunner("other job", errSample), newRunner("job", errSample)}
	for _, r := range runners {
		fx.register(r.exec)
	}
	fx.testInRuns("shared by executors, two of them with one name", fix, runners...)
}

const fixConcurrent = "guard the hook's state with a lock or atomics, and copy what other code gets"

// checkConcurrent calls all methods of the hook from many goroutines, beside real
// runs. The race detector finds what is wrong.
func checkConcurrent(t tester, newHook func() core.Hook) {
	const goroutines, rounds = 8, 25
	const situation = "called from many goroutines at once"
	fx := newFixture(t, newHook)
	var calling sync.WaitGroup
	begin := make(chan struct{})
	for g := range goroutines {
		// Every second goroutine has events of one run, as the workers of a run do.
		run := fmt.Sprintf("run %d", g/2*(g%2))
		calling.Go(func() {
			<-begin
			for i := range rounds {
				if !fx.callRun(sampleEventsOf("job", run, g*rounds+i, errSample), situation, fixConcurrent) {
					return
				}
			}
		})
	}
	calling.Go(func() {
		<-begin
		for range rounds {
			if !fx.callOutsideRuns(situation) {
				return
			}
		}
	})
	close(begin)
	fx.testInRuns(situation, fixConcurrent, newRunner("job", errSample), newRunner("other job", errSample))
	calling.Wait()
}

// callOutsideRuns calls the methods that are called outside of runs too.
func (fx *fixture) callOutsideRuns(situation string) (returned bool) {
	fx.t.Helper()
	return fx.call("HookName", situation, fixConcurrent, func() { fx.hook.HookName() }) &&
		fx.flush(situation) && fx.call("Stats", situation, fixConcurrent, func() {
		for _, h := range hooksAs[core.StatsReporter](fx) {
			// The caller owns the map: a hook that returns its own map has a race.
			dropped := h.Stats().Dropped
			for reason := range dropped {
				dropped[reason]++
			}
		}
	})
}
