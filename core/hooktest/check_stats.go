package hooktest

import (
	"context"
	"math"

	"github.com/chunkscope/chunkscope/core"
)

// checkStats holds a hook to its own numbers: nothing is lost uncounted.
func checkStats(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	if len(capable[core.StatsReporter](s)) == 0 {
		t.Logf("the hook is no core.StatsReporter: nothing to check")
		return
	}
	s.checkBalance("of a new hook")
	s.play("in a real run", fixRun, newStage("job", errSample))
	s.checkBalance("after real runs")
	s.tellRun(typical("job", "run", errSample), "given a run by hand", fixRun)
	s.flush("after runs")
	s.checkBalance("after Flush")
	s.checkMapIsCopied()
	s.checkAtEnd(context.Background(), "Shutdown")

	hurried := newSubject(t, newHook)
	hurried.play("in a real run", fixRun, newStage("job", errSample))
	hurried.shutdown(finished(), "with a finished context")
	hurried.checkBalance("after Shutdown with a finished context")
	hurried.checkAtEnd(context.Background(), "Shutdown, the second one")
}

// checkAtEnd shuts the hook down, and finds nothing pending, also after
// events that come too late.
func (s *subject) checkAtEnd(ctx context.Context, after string) {
	s.t.Helper()
	if len(capable[core.Shutdowner](s)) == 0 || s.broken.Load() {
		return
	}
	s.shutdown(ctx, "after real runs")
	s.checkSettled("after " + after)
	s.tellRun(typical("job", "late run", errSample), "given events after Shutdown", fixAfter)
	s.checkSettled("after " + after + " and more events")
}

func (s *subject) checkSettled(when string) {
	s.t.Helper()
	for _, stats := range s.checkBalance(when) {
		if stats.Pending != 0 {
			s.t.Errorf("Stats: %d are pending %s: %+v. To fix: Shutdown delivers what is pending or counts it as dropped, and what comes later is dropped at once.", stats.Pending, when, stats)
		}
	}
}

// checkBalance returns the stats of all parts, which must add up.
func (s *subject) checkBalance(when string) (all []core.HookStats) {
	s.t.Helper()
	for _, h := range capable[core.StatsReporter](s) {
		var stats core.HookStats
		if !s.attempt("Stats", when, "make Stats safe at any moment", func() { stats = h.Stats() }) {
			continue
		}
		all = append(all, stats)
		sum := stats.Delivered + stats.Pending
		for _, n := range stats.Dropped {
			sum += n
		}
		if stats.Produced != sum {
			s.t.Errorf("Stats: %d are produced, but delivered, dropped and pending are %d together, %s: %+v. To fix: count each one as pending when it is produced, and move it under the same lock.",
				stats.Produced, sum, when, stats)
		}
	}
	return all
}

// checkMapIsCopied changes the map that Stats returns, which is the caller's.
func (s *subject) checkMapIsCopied() {
	s.t.Helper()
	for _, h := range capable[core.StatsReporter](s) {
		s.attempt("Stats", "called twice", "make Stats safe at any moment", func() {
			const reason, lie = "hooktest: not a reason", math.MaxUint32
			dropped := h.Stats().Dropped
			if dropped != nil {
				dropped[reason] = lie
			}
			if h.Stats().Dropped[reason] == lie {
				s.t.Errorf("Stats returns its own map of what was dropped, which the caller may change. To fix: return maps.Clone of it.")
			}
			delete(dropped, reason) // one complaint is enough
		})
	}
}
