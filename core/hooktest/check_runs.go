package hooktest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

const fixRun = "see the rules at core.Hook"

// checkRuns lets the hook see every kind of run, failing at the first error and
// going on after it.
func checkRuns(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	s.play("in a real run that stops at the first failure", fixRun, newStage("job", errSample))
	s.play("in a real run that goes on after failures", fixRun, newStage("job", errSample, core.WithContinueOnError()))
}

// checkHostileRuns is checkRuns with texts and errors that do harm.
func checkHostileRuns(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	for _, h := range hostileTexts {
		s.play("in a real run with names, ids and errors of "+h.name, fixText, newStage(h.text, errors.New(h.text)))
	}
	for _, h := range hostileErrors {
		s.play("in a real run where user code fails with "+h.name, fixText, newStage("job", h.err, core.WithContinueOnError()))
	}
}

// checkShared registers one hook with two executors, twice each.
func checkShared(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	const fix = "keep what belongs to a run by its executor and run id, or in the context"
	stages := []*stage{newStage("job", errSample), newStage("other job", errSample), newStage("job", errSample)}
	for _, st := range stages {
		s.register(st.exec)
	}
	s.play("shared by executors, two of them with one name", fix, stages...)
}

const fixConcurrent = "guard the hook's state with a lock or atomics, and copy what is handed on"

// checkConcurrent calls everything the hook has from many goroutines, beside
// real runs. It is the race detector that judges.
func checkConcurrent(t tester, newHook func() core.Hook) {
	const goroutines, rounds = 8, 25
	const met = "called from many goroutines at once"
	s := newSubject(t, newHook)
	var calling sync.WaitGroup
	begin := make(chan struct{})
	for g := range goroutines {
		// Every other goroutine tells of the same run, as its workers do.
		run := fmt.Sprintf("run %d", g/2*(g%2))
		calling.Go(func() {
			<-begin
			for i := range rounds {
				if !s.tellRun(build("job", run, g*rounds+i, errSample), met, fixConcurrent) {
					return
				}
			}
		})
	}
	calling.Go(func() {
		<-begin
		for range rounds {
			if !s.observe(met) {
				return
			}
		}
	})
	close(begin)
	s.play(met, fixConcurrent, newStage("job", errSample), newStage("other job", errSample))
	calling.Wait()
}

// observe calls what is called by others than runs.
func (s *subject) observe(met string) (returned bool) {
	s.t.Helper()
	return s.attempt("HookName", met, fixConcurrent, func() { s.hook.HookName() }) &&
		s.flush(met) && s.attempt("Stats", met, fixConcurrent, func() {
		for _, h := range capable[core.StatsReporter](s) {
			// The map is the caller's: a hook that hands out its own is a race.
			dropped := h.Stats().Dropped
			for reason := range dropped {
				dropped[reason]++
			}
		}
	})
}
