package hooktest

import (
	"context"
	"math"

	"github.com/chunkscope/chunkscope/core"
)

// checkStats checks that the numbers of Stats add up: no loss is uncounted.
func checkStats(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	if len(hooksAs[core.StatsReporter](fx)) == 0 {
		t.Logf("the hook is no core.StatsReporter: nothing to check")
		return
	}
	fx.checkBalance("of a new hook")
	fx.testInRuns("in a real run", fixRun, newRunner("job", errSample))
	fx.checkBalance("after real runs")
	fx.callRun(sampleEvents("job", "run", errSample), "given a run by hand", fixRun)
	fx.flush("after runs")
	fx.checkBalance("after Flush")
	fx.checkMapIsCopied()
	fx.checkStatsAfterShutdown(context.Background(), "Shutdown")

	interrupted := newFixture(t, newHook)
	interrupted.testInRuns("in a real run", fixRun, newRunner("job", errSample))
	interrupted.shutdown(finished(), "with a finished context")
	interrupted.checkBalance("after Shutdown with a finished context")
	interrupted.checkStatsAfterShutdown(context.Background(), "Shutdown, the second one")
}

// checkStatsAfterShutdown shuts the hook down and checks that nothing is pending,
// after late events too.
func (fx *fixture) checkStatsAfterShutdown(ctx context.Context, after string) {
	fx.t.Helper()
	if len(hooksAs[core.Shutdowner](fx)) == 0 || fx.failed.Load() {
		return
	}
	fx.shutdown(ctx, "after real runs")
	fx.checkNothingPending("after " + after)
	fx.callRun(sampleEvents("job", "late run", errSample), "given events after Shutdown", fixAfter)
	fx.checkNothingPending("after " + after + " and more events")
}

// checkNothingPending checks that Stats add up and that nothing is pending.
func (fx *fixture) checkNothingPending(when string) {
	fx.t.Helper()
	for _, stats := range fx.checkBalance(when) {
		if stats.Pending != 0 {
			fx.t.Errorf("Stats: %d are pending %s: %+v. To fix: Shutdown delivers what is pending or counts it as dropped, and what comes later is dropped at once.", stats.Pending, when, stats)
		}
	}
}

// checkBalance returns the stats of all hooks, and checks that each adds up.
func (fx *fixture) checkBalance(when string) (all []core.HookStats) {
	fx.t.Helper()
	for _, h := range hooksAs[core.StatsReporter](fx) {
		var stats core.HookStats
		if !fx.call("Stats", when, "make Stats safe at any moment", func() { stats = h.Stats() }) {
			continue
		}
		all = append(all, stats)
		sum := stats.Delivered + stats.Pending
		for _, n := range stats.Dropped {
			sum += n
		}
		if stats.Produced != sum {
			fx.t.Errorf("Stats: %d are produced, but delivered, dropped and pending are %d together, %s: %+v. To fix: count each one as pending when it is produced, and move it under the same lock.",
				stats.Produced, sum, when, stats)
		}
	}
	return all
}

// checkMapIsCopied changes the map that Stats returns, which belongs to the caller.
func (fx *fixture) checkMapIsCopied() {
	fx.t.Helper()
	for _, h := range hooksAs[core.StatsReporter](fx) {
		fx.call("Stats", "called twice", "make Stats safe at any moment", func() {
			const reason, count = "hooktest: not a reason", math.MaxUint32
			dropped := h.Stats().Dropped
			if dropped != nil {
				dropped[reason] = count
			}
			if h.Stats().Dropped[reason] == count {
				fx.t.Errorf("Stats returns its own map of what was dropped, which the caller may change. To fix: return maps.Clone of it.")
			}
			delete(dropped, reason) // one failure is enough
		})
	}
}
