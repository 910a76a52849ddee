package webhookhook

import (
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// history is what is remembered of an executor from run to run: whether it
// fails, and what was told of it when. The runs of the executors beyond the
// limit share one history, which only spaces their messages.
type executorState struct {
	shared         bool
	send           func(*draft)
	countMerged    func(int) // counts messages that a later one stands for
	repeatInterval time.Duration

	mu           sync.Mutex
	closed       bool
	failedRuns   int
	failingSince time.Time
	previous     *PreviousRun
	lastSent     map[string]time.Time // by event and kind of anomaly
	pendingEnd   *draft               // the end of a run, to be told when its time comes
	pendingTimer *time.Timer
}

// ended turns the end of a run into the event that it is after the runs before
// it, and reports whether that is told, now or later.
func (h *executorState) runEnded(r *runRecord, d *draft, enabled func(Event) bool) (sent bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch d.Outcome {
	case core.OutcomeOK:
		d.Event = RunSucceeded
		if h.failedRuns > 0 && enabled(RunRecovered) {
			d.Event = RunRecovered
			d.FailedRuns, d.FailingSince = h.failedRuns, h.failingSince
		}
		h.failedRuns = 0
	case core.OutcomeCanceled:
		d.Event = RunCanceled
	default: // also an event that somebody made without an outcome
		d.Event = RunFailed
		if !h.shared {
			if h.failedRuns++; h.failedRuns == 1 {
				h.failingSince = d.At
			}
			d.FailedRuns, d.FailingSince = h.failedRuns, h.failingSince
		}
	}
	if !h.shared {
		d.Previous, h.previous = h.previous, &PreviousRun{d.Outcome, d.Elapsed}
	}
	if !enabled(d.Event) {
		return false
	}
	r.summarize(d)
	h.sendEnd(d)
	return true
}

// tellEnd sends the end of a run at once, or holds it until its time comes.
// There is one place for all ends, so that their order is kept.
func (h *executorState) sendEnd(d *draft) {
	if h.pendingEnd != nil {
		d.Merged = h.pendingEnd.Merged + 1
		h.clearPending()
		h.countMerged(1)
	}
	wait := h.untilDue(string(d.Event))
	if wait <= 0 || h.closed {
		h.sendNow(string(d.Event), d)
		return
	}
	h.pendingEnd = d
	h.pendingTimer = time.AfterFunc(wait, h.sendPending)
}

// tellOnce sends a message unless the last one with the same key is too close.
func (h *executorState) sendUnlessRecent(key string, d *draft) (sent bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.untilDue(key) > 0 {
		return false
	}
	h.sendNow(key, d)
	return true
}

// until returns how long it is until something with this key may be told again.
func (h *executorState) untilDue(key string) time.Duration {
	last, ok := h.lastSent[key]
	if !ok {
		return 0
	}
	return h.repeatInterval - time.Since(last)
}

func (h *executorState) sendNow(key string, d *draft) {
	h.lastSent[key] = time.Now()
	h.send(d)
}

// release tells what is held.
func (h *executorState) sendPending() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.pendingEnd; d != nil {
		h.clearPending()
		h.sendNow(string(d.Event), d)
	}
}

func (h *executorState) clearPending() {
	h.pendingTimer.Stop()
	h.pendingEnd, h.pendingTimer = nil, nil
}

// close releases what is held, and holds nothing any more.
func (h *executorState) close() {
	h.sendPending()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}
