package webhookhook

import (
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// firstFailureDelay is the time from a run's first failure to the message about
// it. A run that ends sooner reports the failure in the message of its end.
const firstFailureDelay = 5 * time.Second

// policy decides which messages are sent, and when.
type policy struct {
	enabledEvents    map[Event]bool
	milestones       []int
	progressInterval time.Duration
	executors        *label.Table[executorState]
	send             func(*draft)

	mu         sync.Mutex
	closed     bool
	unreported map[*runRecord]struct{} // runs whose first failure is still to be sent
}

func newPolicy(c *config, send func(*draft), countMerged func(int)) *policy {
	p := &policy{
		enabledEvents: map[Event]bool{}, milestones: c.milestones, progressInterval: c.progressInterval, send: send,
		unreported: map[*runRecord]struct{}{},
	}
	for _, e := range c.events {
		p.enabledEvents[e] = true
	}
	p.executors = label.NewTable(label.MaxExecutors, func(l string) *executorState {
		p.mu.Lock()
		defer p.mu.Unlock()
		return &executorState{
			shared: l == label.Other, send: send, countMerged: countMerged, repeatInterval: c.repeatInterval,
			lastSent: map[string]time.Time{}, closed: p.closed,
		}
	})
	return p
}

func (p *policy) enabled(e Event) bool { return p.enabledEvents[e] }

func (p *policy) runStart(e core.RunStart) {
	if p.enabled(RunStarted) {
		p.executors.Get(e.Executor).sendUnlessRecent(string(RunStarted), startDraft(RunStarted, e))
	}
}

func (p *policy) runEnd(r *runRecord, e core.RunEnd) {
	unreported := p.markEnded(r)
	state := p.executors.Get(e.Executor)
	if sent := state.runEnded(r, r.endDraft(e), p.enabled); unreported && !sent {
		state.sendUnlessRecent(string(FirstFailure), r.runningDraft(FirstFailure))
	}
}

// scheduleFirstFailure sends a run's first failure after firstFailureDelay,
// unless the run ends before.
func (p *policy) scheduleFirstFailure(r *runRecord) {
	if !p.enabled(FirstFailure) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	p.unreported[r] = struct{}{}
	r.firstFailureTimer = time.AfterFunc(firstFailureDelay, func() { p.sendFirstFailure(r) })
}

// sendFirstFailure sends a run's first failure if that is still to be done.
func (p *policy) sendFirstFailure(r *runRecord) {
	if p.takeUnreported(r) {
		p.executors.Get(r.start.Executor).sendUnlessRecent(string(FirstFailure), r.runningDraft(FirstFailure))
	}
}

// markEnded notes that a run has ended, and reports whether its first failure
// was still to be sent.
func (p *policy) markEnded(r *runRecord) (unreported bool) {
	r.mu.Lock()
	r.ended = true
	timer := r.firstFailureTimer
	r.mu.Unlock()
	if timer == nil {
		return false
	}
	timer.Stop()
	return p.takeUnreported(r)
}

// takeUnreported removes a run from those whose first failure is to be sent, and
// reports whether it was one of them.
func (p *policy) takeUnreported(r *runRecord) (found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, found = p.unreported[r]
	delete(p.unreported, r)
	return found
}

func (p *policy) progress(r *runRecord, e core.Progress) {
	r.mu.Lock()
	r.progress = e
	due := p.progressDue(r, e)
	r.mu.Unlock()
	if due {
		p.send(r.runningDraft(RunProgress))
	}
}

// progressDue reports whether a run's progress is to be sent now, and notes that
// it is. The caller holds the run's lock.
func (p *policy) progressDue(r *runRecord, e core.Progress) bool {
	if e.Items >= 0 && e.ItemsDone >= e.Items {
		return false // the message of the run's end follows
	}
	due := false
	if percent, known := e.Percent(); known {
		for r.nextMilestone < len(p.milestones) && percent >= float64(p.milestones[r.nextMilestone]) {
			r.nextMilestone++
			due = true
		}
	}
	now := time.Now()
	if p.progressInterval > 0 && now.Sub(r.lastProgress) >= p.progressInterval {
		due = true
	}
	if due {
		r.lastProgress = now
	}
	return due
}

func (p *policy) anomaly(r *runRecord, e core.Anomaly) {
	if !p.enabled(RunAnomaly) {
		return
	}
	kind := "other"
	if slices.Contains(anomalyKinds, e.Kind) {
		kind = string(e.Kind)
	}
	r.mu.Lock()
	sent, seen := r.anomalies[kind]
	r.mu.Unlock()
	d := r.runningDraft(RunAnomaly)
	d.Anomaly = &Anomaly{cloneBounded(string(e.Kind)), e.Over, cloneBounded(e.Message)}
	switch {
	case e.Over && sent: // readers of its beginning want to know its end
		p.send(d)
	case !e.Over && !seen:
		sent = p.executors.Get(e.Executor).sendUnlessRecent(string(RunAnomaly)+" "+kind, d)
	default:
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.anomalies == nil {
		r.anomalies = map[string]bool{}
	}
	r.anomalies[kind] = sent && !e.Over
}

var anomalyKinds = []core.AnomalyKind{core.AnomalySlowChunk, core.AnomalyStall, core.AnomalyThroughputDrop, core.AnomalyErrorRate}

// sendPending sends every message that waits for its time, for Flush.
func (p *policy) sendPending() {
	for _, r := range p.unreportedRuns(false) {
		p.sendFirstFailure(r)
	}
	for _, state := range p.executors.All() {
		state.sendPending()
	}
}

// close sends every message that waits for its time. Later messages do not
// wait.
func (p *policy) close() {
	for _, r := range p.unreportedRuns(true) {
		p.sendFirstFailure(r)
	}
	for _, state := range p.executors.All() {
		state.close()
	}
}

// unreportedRuns returns the runs whose first failure is still to be sent. The
// last call closes the policy.
func (p *policy) unreportedRuns(last bool) []*runRecord {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = p.closed || last
	all := make([]*runRecord, 0, len(p.unreported))
	for r := range p.unreported {
		all = append(all, r)
	}
	return all
}
