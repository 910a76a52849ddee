package webhookhook

import (
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// firstFailureDelay is how long a failing run has to end before its first
// failure is told by itself. A run that ends sooner tells it in its own message.
const firstFailureDelay = 5 * time.Second

// policy decides which messages are sent, and when.
type policy struct {
	wants      map[Event]bool
	milestones []int
	every      time.Duration
	executors  *label.Table[history]
	send       func(*draft)

	mu      sync.Mutex
	closed  bool
	failing map[*run]struct{} // runs whose first failure is to be told
}

func newPolicy(c *config, send func(*draft), merged func(int)) *policy {
	p := &policy{
		wants: map[Event]bool{}, milestones: c.milestones, every: c.every, send: send,
		failing: map[*run]struct{}{},
	}
	for _, e := range c.events {
		p.wants[e] = true
	}
	p.executors = label.NewTable(label.MaxExecutors, func(l string) *history {
		p.mu.Lock()
		defer p.mu.Unlock()
		return &history{
			shared: l == label.Other, send: send, merged: merged, repeat: c.repeat,
			told: map[string]time.Time{}, closed: p.closed,
		}
	})
	return p
}

func (p *policy) wanted(e Event) bool { return p.wants[e] }

func (p *policy) runStart(e core.RunStart) {
	if p.wanted(RunStarted) {
		p.executors.Get(e.Executor).tellOnce(string(RunStarted), started(RunStarted, e))
	}
}

func (p *policy) runEnd(r *run, e core.RunEnd) {
	failing := p.forget(r)
	h := p.executors.Get(e.Executor)
	if told := h.ended(r, r.ended(e), p.wanted); failing && !told { // nothing else would tell it
		h.tellOnce(string(FirstFailure), r.ongoing(FirstFailure))
	}
}

// firstFailure is told of a run's first failure.
func (p *policy) firstFailure(r *run) {
	if !p.wanted(FirstFailure) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	p.failing[r] = struct{}{}
	r.firstTimer = time.AfterFunc(firstFailureDelay, func() { p.tellFirst(r) })
}

// tellFirst tells of a run's first failure, if it was not told and the run
// goes on.
func (p *policy) tellFirst(r *run) {
	if p.forgetFailing(r) {
		p.executors.Get(r.start.Executor).tellOnce(string(FirstFailure), r.ongoing(FirstFailure))
	}
}

// forget ends the care for a run that is over, and reports whether its first
// failure was still to be told.
func (p *policy) forget(r *run) (failing bool) {
	r.mu.Lock()
	r.over = true
	timer := r.firstTimer
	r.mu.Unlock()
	if timer == nil {
		return false
	}
	timer.Stop()
	return p.forgetFailing(r)
}

func (p *policy) forgetFailing(r *run) (was bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, was = p.failing[r]
	delete(p.failing, r)
	return was
}

func (p *policy) progress(r *run, e core.Progress) {
	r.mu.Lock()
	r.progress = e
	due := p.due(r, e)
	r.mu.Unlock()
	if due {
		p.send(r.ongoing(RunProgress))
	}
}

// due tells whether a run's progress is worth a message, and notes that it is
// told.
func (p *policy) due(r *run, e core.Progress) bool {
	if e.Items >= 0 && e.ItemsDone >= e.Items {
		return false // the run's end says so
	}
	passed := false
	if percent, known := e.Percent(); known {
		for r.milestone < len(p.milestones) && percent >= float64(p.milestones[r.milestone]) {
			r.milestone++
			passed = true
		}
	}
	now := time.Now()
	if p.every > 0 && now.Sub(r.told) >= p.every {
		passed = true
	}
	if passed {
		r.told = now
	}
	return passed
}

func (p *policy) anomaly(r *run, e core.Anomaly) {
	if !p.wanted(RunAnomaly) {
		return
	}
	kind := "other"
	if slices.Contains(anomalyKinds, e.Kind) {
		kind = string(e.Kind)
	}
	r.mu.Lock()
	told, seen := r.anomalies[kind]
	r.mu.Unlock()
	d := r.ongoing(RunAnomaly)
	d.Anomaly = &Anomaly{own(string(e.Kind)), e.Over, own(e.Message)}
	switch {
	case e.Over && told: // whoever heard that it began hears that it ended
		p.send(d)
	case !e.Over && !seen:
		told = p.executors.Get(e.Executor).tellOnce(string(RunAnomaly)+" "+kind, d)
	default:
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.anomalies == nil {
		r.anomalies = map[string]bool{}
	}
	r.anomalies[kind] = told && !e.Over
}

var anomalyKinds = []core.AnomalyKind{core.AnomalySlowChunk, core.AnomalyStall, core.AnomalyThroughputDrop, core.AnomalyErrorRate}

// release sends everything that is held back: for Flush.
func (p *policy) release() {
	for _, r := range p.allFailing(false) {
		p.tellFirst(r)
	}
	for _, h := range p.executors.All() {
		h.release()
	}
}

// close is release for the last time: nothing is held back any more.
func (p *policy) close() {
	for _, r := range p.allFailing(true) {
		p.tellFirst(r)
	}
	for _, h := range p.executors.All() {
		h.close()
	}
}

func (p *policy) allFailing(last bool) []*run {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = p.closed || last
	all := make([]*run, 0, len(p.failing))
	for r := range p.failing {
		all = append(all, r)
	}
	return all
}
