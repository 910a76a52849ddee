package hooktest

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

// disorder is a sequence of moments that no run tells, but a hook meets: one
// that is called by hand, shared by mistake, or behind a hook that lets only some
// moments through.
type disorder struct {
	name    string
	moments []core.Moment
}

var disorders = []disorder{
	{"ends without a start", []core.Moment{core.MomentChunkEnd, core.MomentWorkerEnd, core.MomentRunEnd}},
	{"starts without an end", []core.Moment{core.MomentRunStart, core.MomentWorkerStart, core.MomentChunkStart}},
	{"the same starts again", []core.Moment{core.MomentRunStart, core.MomentWorkerStart, core.MomentChunkStart}},
	{"a run's end before its chunk's", []core.Moment{core.MomentRunEnd, core.MomentWorkerEnd, core.MomentChunkEnd}},
	{"the same ends again", []core.Moment{core.MomentChunkEnd, core.MomentWorkerEnd, core.MomentRunEnd}},
	{"events of a run that is over", []core.Moment{core.MomentProgress, core.MomentItemFailure, core.MomentAnomaly, core.MomentFault}},
	{"a chunk of a run that is over", []core.Moment{core.MomentChunkStart, core.MomentItemFailure, core.MomentChunkEnd}},
}

const fixOrder = "keep no more than a hint about what began, and ignore an end that has no start"

// checkUnpairedEvents tells events in all the wrong orders, with contexts that
// are not those the hook returned, and then a real run.
func checkUnpairedEvents(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	e := typical("job", "run", errSample)
	for _, d := range disorders {
		for _, m := range d.moments {
			s.tellMoment(context.Background(), m, e, "given "+d.name)
		}
	}
	// An end with the context of another start: of another run, and of another
	// kind.
	other := typical("other job", "other run", errSample)
	run := s.tellMoment(context.Background(), core.MomentRunStart, e, "given two runs")
	chunk := s.tellMoment(run, core.MomentChunkStart, e, "given two runs")
	s.tellMoment(context.Background(), core.MomentRunStart, other, "given two runs")
	s.tellMoment(run, core.MomentChunkEnd, other, "given an end with a context of another run")
	s.tellMoment(chunk, core.MomentRunEnd, other, "given an end with a context of another run")
	s.tellMoment(chunk, core.MomentChunkEnd, e, "given a chunk's end after another run's end")
	s.tellMoment(chunk, core.MomentRunEnd, e, "given a run's end with a chunk's context")
	s.play("in a real run after events in the wrong order", fixOrder, newStage("job", errSample))
}

// tellMoment tells one moment, if the hook has it, and returns the context that
// goes on from there.
func (s *subject) tellMoment(ctx context.Context, m core.Moment, e sample, met string) context.Context {
	s.t.Helper()
	for i := 0; i < len(s.calls); i++ { //nolint:intrange // tell may renew the calls
		if c := s.calls[i]; c.moment == m {
			if next, _ := s.tell(ctx, c, e, met, fixOrder); next != nil {
				ctx = next
			}
		}
	}
	return ctx
}

// tellRun calls all moments in the order of a run, each end with the context
// of its start. It is safe for concurrent use, and stops when the hook breaks.
func (s *subject) tellRun(e sample, met, fix string) (returned bool) {
	s.t.Helper()
	for _, part := range s.parts {
		outside := context.Background()
		run, chunk := outside, outside
		for _, c := range callsOf(part) {
			var next context.Context
			at := run
			switch c.moment {
			case core.MomentRunStart:
				at = outside
			case core.MomentItemFailure, core.MomentChunkEnd:
				at = chunk
			}
			if !s.attempt(c.method, met, fix, func() { next = c.do(at, e) }) {
				return false
			}
			switch {
			case next == nil:
			case c.moment == core.MomentRunStart:
				run = next
			case c.moment == core.MomentChunkStart:
				chunk = next
			}
		}
	}
	return true
}
