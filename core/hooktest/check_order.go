package hooktest

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

// wrongOrder is a sequence of moments that no run has. A hook gets one where it is
// called by hand, shared by mistake, or wrapped by a hook that leaves out moments.
type wrongOrder struct {
	name    string
	moments []core.Moment
}

var wrongOrders = []wrongOrder{
	{"ends without a start", []core.Moment{core.MomentChunkEnd, core.MomentWorkerEnd, core.MomentRunEnd}},
	{"starts without an end", []core.Moment{core.MomentRunStart, core.MomentWorkerStart, core.MomentChunkStart}},
	{"the same starts again", []core.Moment{core.MomentRunStart, core.MomentWorkerStart, core.MomentChunkStart}},
	{"a run's end before its chunk's", []core.Moment{core.MomentRunEnd, core.MomentWorkerEnd, core.MomentChunkEnd}},
	{"the same ends again", []core.Moment{core.MomentChunkEnd, core.MomentWorkerEnd, core.MomentRunEnd}},
	{"events of a run that has ended", []core.Moment{core.MomentProgress, core.MomentItemFailure, core.MomentAnomaly, core.MomentFault}},
	{"a chunk of a run that has ended", []core.Moment{core.MomentChunkStart, core.MomentItemFailure, core.MomentChunkEnd}},
}

const fixOrder = "do not rely on a start, and ignore an end that has none"

// checkUnpairedEvents calls the hook in all the wrong orders, with contexts that
// the hook did not return, and then uses it in a real run.
func checkUnpairedEvents(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	events := sampleEvents("job", "run", errSample)
	for _, d := range wrongOrders {
		for _, m := range d.moments {
			fx.callMoment(context.Background(), m, events, "given "+d.name)
		}
	}
	// An end with the context of another start: of another run, and of another
	// kind.
	other := sampleEvents("other job", "other run", errSample)
	run := fx.callMoment(context.Background(), core.MomentRunStart, events, "given two runs")
	chunk := fx.callMoment(run, core.MomentChunkStart, events, "given two runs")
	fx.callMoment(context.Background(), core.MomentRunStart, other, "given two runs")
	fx.callMoment(run, core.MomentChunkEnd, other, "given an end with a context of another run")
	fx.callMoment(chunk, core.MomentRunEnd, other, "given an end with a context of another run")
	fx.callMoment(chunk, core.MomentChunkEnd, events, "given a chunk's end after another run's end")
	fx.callMoment(chunk, core.MomentRunEnd, events, "given a run's end with a chunk's context")
	fx.testInRuns("in a real run after events in the wrong order", fixOrder, newRunner("job", errSample))
}

// callMoment calls the methods of one moment and returns the context that the
// last of them returned, or ctx.
func (fx *fixture) callMoment(ctx context.Context, moment core.Moment, events eventSet, situation string) context.Context {
	fx.t.Helper()
	for i := 0; i < len(fx.methods); i++ { //nolint:intrange // callMethod may replace the methods
		if m := fx.methods[i]; m.moment == moment {
			if next, _ := fx.callMethod(ctx, m, events, situation, fixOrder); next != nil {
				ctx = next
			}
		}
	}
	return ctx
}

// callRun calls all methods in the order of a run, each end with the context of
// its start. It is safe for concurrent use, and stops at the first failure.
func (fx *fixture) callRun(events eventSet, situation, fix string) (returned bool) {
	fx.t.Helper()
	for _, h := range fx.hooks {
		outside := context.Background()
		run, chunk := outside, outside
		for _, m := range methodsOf(h) {
			var next context.Context
			at := run
			switch m.moment {
			case core.MomentRunStart:
				at = outside
			case core.MomentItemFailure, core.MomentChunkEnd:
				at = chunk
			}
			if !fx.call(m.name, situation, fix, func() { next = m.call(at, events) }) {
				return false
			}
			switch {
			case next == nil:
			case m.moment == core.MomentRunStart:
				run = next
			case m.moment == core.MomentChunkStart:
				chunk = next
			}
		}
	}
	return true
}
