package webhookhook

import (
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// history is what is remembered of an executor from run to run: whether it
// fails, and what was told of it when. The runs of the executors beyond the
// limit share one history, which only spaces their messages.
type history struct {
	shared bool
	send   func(*draft)
	merged func(int) // counts messages that a later one stands for
	repeat time.Duration

	mu           sync.Mutex
	closed       bool
	failedRuns   int
	failingSince time.Time
	previous     *PreviousRun
	told         map[string]time.Time // by event and kind of anomaly
	held         *draft               // the end of a run, to be told when its time comes
	timer        *time.Timer
}

// ended turns the end of a run into the event that it is after the runs before
// it, and reports whether that is told, now or later.
func (h *history) ended(r *run, d *draft, wanted func(Event) bool) (told bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch d.Outcome {
	case core.OutcomeOK:
		d.Event = RunSucceeded
		if h.failedRuns > 0 && wanted(RunRecovered) {
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
	if !wanted(d.Event) {
		return false
	}
	r.summarize(d)
	h.tellEnd(d)
	return true
}

// tellEnd sends the end of a run at once, or holds it until its time comes.
// There is one place for all ends, so that their order is kept.
func (h *history) tellEnd(d *draft) {
	if h.held != nil {
		d.Merged = h.held.Merged + 1
		h.drop()
		h.merged(1)
	}
	wait := h.until(string(d.Event))
	if wait <= 0 || h.closed {
		h.tell(string(d.Event), d)
		return
	}
	h.held = d
	h.timer = time.AfterFunc(wait, h.release)
}

// tellOnce sends a message unless the last one with the same key is too close.
func (h *history) tellOnce(key string, d *draft) (told bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until(key) > 0 {
		return false
	}
	h.tell(key, d)
	return true
}

// until returns how long it is until something with this key may be told again.
func (h *history) until(key string) time.Duration {
	last, ok := h.told[key]
	if !ok {
		return 0
	}
	return h.repeat - time.Since(last)
}

func (h *history) tell(key string, d *draft) {
	h.told[key] = time.Now()
	h.send(d)
}

// release tells what is held.
func (h *history) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.held; d != nil {
		h.drop()
		h.tell(string(d.Event), d)
	}
}

func (h *history) drop() {
	h.timer.Stop()
	h.held, h.timer = nil, nil
}

// close releases what is held, and holds nothing any more.
func (h *history) close() {
	h.release()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}
