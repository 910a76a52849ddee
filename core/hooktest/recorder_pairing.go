package hooktest

import (
	"fmt"
	"slices"

	"github.com/chunkscope/chunkscope/core"
)

// Unpaired returns what is wrong with the order of the recorded events, each
// as one line of the event and what ails it; nil if all is well:
//
//   - a start without an end, and an end without a start or after another one;
//   - an end that came with another context than its own start returned;
//   - anything of a run before its start or after its end.
//
// Faults may come at any time: a hook that breaks at a run's end is a fault
// after other hooks were told that end. Call it when all runs are over; until
// then, they are starts without an end.
func (r *Recorder) Unpaired() []string {
	p := pairing{events: r.all(), open: map[stretch][]int{}, begun: map[stretch]bool{}}
	for i := range p.events {
		p.look(i)
	}
	var left []int
	for _, starts := range p.open {
		left = append(left, starts...)
	}
	slices.Sort(left)
	for _, i := range left {
		p.complain(i, "has no end")
	}
	return p.wrong
}

// stretch is what begins and ends: a run, a worker or a chunk of it.
type stretch struct {
	kind          core.Moment // of its start
	executor, run string
	number        int
}

// pairing goes through events and keeps what has begun.
type pairing struct {
	events []recorded
	open   map[stretch][]int // places of the starts; several if a caller chose one run id twice
	begun  map[stretch]bool
	wrong  []string
}

func (p *pairing) look(i int) {
	e := p.events[i]
	of := func(kind core.Moment, number int) stretch {
		return stretch{kind, e.Executor, e.RunID, number}
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
			p.complain(i, "comes outside of its chunk")
		}
	}
	switch {
	case len(p.open[run]) > 0:
	case p.begun[run]:
		p.complain(i, "comes after the end of its run")
	default:
		p.complain(i, "comes before the start of its run")
	}
}

func (p *pairing) begin(i int, s stretch) {
	p.open[s] = append(p.open[s], i)
	p.begun[s] = true
}

// end closes the stretch that the event at i ends. marked says whether its
// start returned a context that this end should have.
func (p *pairing) end(i int, s stretch, marked bool) {
	open := p.open[s]
	switch {
	case len(open) > 0:
	case p.begun[s]:
		p.complain(i, "is a second end")
		return
	default:
		p.complain(i, "has no start")
		return
	}
	own := slices.Index(open, p.events[i].start)
	if own < 0 {
		own = 0
		if marked {
			p.complain(i, "has another context than its start returned")
		}
	}
	p.open[s] = slices.Delete(open, own, own+1)
}

func (p *pairing) complain(i int, ailment string) {
	p.wrong = append(p.wrong, fmt.Sprintf("%s: %s", p.events[i].Event, ailment))
}
