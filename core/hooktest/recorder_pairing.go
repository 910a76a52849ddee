package hooktest

import (
	"fmt"
	"slices"

	"github.com/chunkscope/chunkscope/core"
)

// Unpaired returns what is wrong with the order of the recorded events, and nil
// if nothing is. Each line describes an event and its problem:
//
//   - a start without an end, and an end without a start or after another one;
//   - an end that came with another context than its own start returned;
//   - anything of a run before its start or after its end.
//
// Faults may come at any time: where a hook fails at a run's end, other hooks have
// had that end already. Call Unpaired when all runs have ended. A run that goes on
// is a start without an end.
func (r *Recorder) Unpaired() []string {
	p := pairing{events: r.all(), open: map[span][]int{}, started: map[span]bool{}}
	for i := range p.events {
		p.check(i)
	}
	var left []int
	for _, starts := range p.open {
		left = append(left, starts...)
	}
	slices.Sort(left)
	for _, i := range left {
		p.report(i, "has no end")
	}
	return p.problems
}

// span is a run, or a worker or a chunk of it, from its start to its end.
type span struct {
	start         core.Moment // MomentRunStart, MomentWorkerStart or MomentChunkStart
	executor, run string
	number        int
}

// pairing checks events in their order and keeps the open spans.
type pairing struct {
	events   []recorded
	open     map[span][]int // positions of the starts; several if a caller uses one run id twice
	started  map[span]bool
	problems []string
}

func (p *pairing) check(i int) {
	e := p.events[i]
	of := func(start core.Moment, number int) span {
		return span{start, e.Executor, e.RunID, number}
	}
	run := of(core.MomentRunStart, 0)
	switch v := e.Value.(type) {
	case core.RunStart:
		p.begin(i, run)
		return
	case core.RunEnd:
		p.end(i, run, true)
		return
	case core.Fault:
		return
	case core.WorkerStart:
		p.begin(i, of(core.MomentWorkerStart, v.Worker))
	case core.WorkerEnd:
		p.end(i, of(core.MomentWorkerStart, v.Worker), false)
	case core.ChunkStart:
		p.begin(i, of(core.MomentChunkStart, v.Chunk))
	case core.ChunkEnd:
		p.end(i, of(core.MomentChunkStart, v.Chunk), true)
	case core.ItemFailure:
		if chunk := of(core.MomentChunkStart, v.Chunk); len(p.open[chunk]) == 0 {
			p.report(i, "comes outside of its chunk")
		}
	}
	switch {
	case len(p.open[run]) > 0:
	case p.started[run]:
		p.report(i, "comes after the end of its run")
	default:
		p.report(i, "comes before the start of its run")
	}
}

func (p *pairing) begin(i int, s span) {
	p.open[s] = append(p.open[s], i)
	p.started[s] = true
}

// end closes the span that the event at i ends. hasContext reports whether the end
// must have the context that its start returned.
func (p *pairing) end(i int, s span, hasContext bool) {
	open := p.open[s]
	switch {
	case len(open) > 0:
	case p.started[s]:
		p.report(i, "is a second end")
		return
	default:
		p.report(i, "has no start")
		return
	}
	match := slices.Index(open, p.events[i].start)
	if match < 0 {
		match = 0
		if hasContext {
			p.report(i, "has another context than its start returned")
		}
	}
	p.open[s] = slices.Delete(open, match, match+1)
}

func (p *pairing) report(i int, problem string) {
	p.problems = append(p.problems, fmt.Sprintf("%s: %s", p.events[i].Event, problem))
}
