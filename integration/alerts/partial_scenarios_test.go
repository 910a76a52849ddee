package alerts_test

import (
	"context"
	"errors"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// partialScenarios are scenarios of a job that tolerates one bad row in a hundred.
var partialScenarios = []*scenario{
	{
		name:        "runs are due every ten minutes, tolerate a bad row in a hundred, and have four in a thousand",
		mustNotFire: "RunFailed RunLate",
		script:      tolerantRuns(4, core.OutcomePartial, nightlyRows),
	},
	{
		name: "runs are due every ten minutes, tolerate a bad row in a hundred, and have twenty in a thousand",
		fires: []string{
			"RunFailed warning import 1m..",
			"RunLate critical import 26m..",
		},
		script: tolerantRuns(20, core.OutcomeError, 501), // the eleventh bad row is row 500
	},
	{
		name: "a job fails once, and then tolerates its failures",
		fires: []string{
			"RunFailed warning import 1m..12m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			tolerantRun(w, p, 20, core.OutcomeError, 501)
			w.advance(10 * minute)
			tolerantRun(w, p, 4, core.OutcomePartial, nightlyRows)
			w.advance(30 * minute)
		},
	},
}

const nightlyRows = 1000

var errBadRow = errors.New("bad row")

// tolerantRuns returns a script of four runs with bad rows in each.
func tolerantRuns(bad int, want core.Outcome, done int) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a", everyTenMinutes)
		for range 4 {
			tolerantRun(w, p, bad, want, done)
			w.advance(9 * minute)
		}
	}
}

// tolerantRun is a run of a minute at most. It checks that the run stops where it must.
func tolerantRun(w *simulation, p *process, bad int, want core.Outcome, done int) {
	w.t.Helper()
	e := p.executor("import", core.WithMaxFailedRatio(0.01), core.WithWorkers(1))
	var end core.RunEnd
	e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }))
	p.run(e, nightlyRows, func(ctx context.Context, i int) error {
		if i%(nightlyRows/bad) == 0 {
			return errBadRow
		}
		return sleep(ctx, 50*time.Millisecond)
	})
	w.advance(minute)
	if end.Outcome != want || end.ItemsDone != done || core.IsPartial(end.Err) != (want == core.OutcomePartial) {
		w.t.Errorf("the run ended %v after %d rows: %v", end.Outcome, end.ItemsDone, end.Err)
	}
}
