package promhook_test

import (
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// A run that tolerated its failures is a success, with its failures counted. Its
// counter is there before, so that the first one shows as an increase.
func TestPartialRunIsASuccess(t *testing.T) {
	hook, registry := newHook()
	e := newExecutor("nightly", []core.Hook{hook}, core.WithMaxFailedRatio(0.01))
	const partial, success = `runs_total{executor="nightly",outcome="partial"}`, `run_last_success_timestamp_seconds{executor="nightly"}`
	ctx, run := e.Start(t.Context(), 0)
	scrape(t, registry).want(t, partial, 0)
	run.End(ctx.Err())
	before := scrape(t, registry)[success]

	if err := core.ForEach(t.Context(), e, make([]int, 1000), failOnce()); !core.IsPartial(err) {
		t.Errorf("the run ended with %v", err)
	}
	got := scrape(t, registry)
	got.want(t, partial, 1)
	got.want(t, `runs_total{executor="nightly",outcome="error"}`, 0)
	got.want(t, `items_total{executor="nightly",outcome="error"}`, 1)
	got.want(t, `errors_total{executor="nightly",type="errors.errorString"}`, 1)
	got.want(t, success, got[`run_last_completion_timestamp_seconds{executor="nightly"}`])
	if got[success] <= before {
		t.Errorf("the last success is %v, it was %v before", got[success], before)
	}
	for sample := range got {
		if sample == `chunks_total{executor="nightly",outcome="partial"}` || sample == `items_total{executor="nightly",outcome="partial"}` {
			t.Errorf("there is %s: only runs are partial", sample)
		}
	}
}
