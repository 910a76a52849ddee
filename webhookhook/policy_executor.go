package webhookhook

import (
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// executorState is what the hook remembers of an executor between its runs in
// this process: the failed runs in a row, the previous run, and when which
// message was sent. Executors beyond label.MaxExecutors share one state, which
// only limits how often messages repeat.
type executorState struct {
	shared         bool
	send           func(*draft)
	countMerged    func(int)
	repeatInterval time.Duration

	mu           sync.Mutex
	closed       bool
	failedRuns   int
	failingSince time.Time
	previous     *PreviousRun
	lastSent     map[string]time.Time // by event and kind of anomaly
	pendingEnd   *draft               // the end of a run, sent after repeatInterval
	pendingTimer *time.Timer          // sends pendingEnd
}

// runEnded chooses the event of a run's end, which depends on the runs before it.
// It reports whether the message is sent, now or later.
func (s *executorState) runEnded(r *runRecord, d *draft, enabled func(Event) bool) (sent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case isFailed(d.Outcome):
		d.Event = RunFailed
		if !s.shared {
			if s.failedRuns++; s.failedRuns == 1 {
				s.failingSince = d.At
			}
			d.FailedRuns, d.FailingSince = s.failedRuns, s.failingSince
		}
	case d.Outcome == core.OutcomeCanceled:
		d.Event = RunCanceled
	default:
		d.Event = RunSucceeded
		if s.failedRuns > 0 && enabled(RunRecovered) {
			d.Event = RunRecovered
			d.FailedRuns, d.FailingSince = s.failedRuns, s.failingSince
		}
		s.failedRuns = 0
	}
	if !s.shared {
		d.Previous, s.previous = s.previous, &PreviousRun{d.Outcome, d.Elapsed}
	}
	if !enabled(d.Event) {
		return false
	}
	r.summarize(d)
	s.sendEnd(d)
	return true
}

// sendEnd sends the end of a run, or keeps it as pendingEnd until repeatInterval
// has passed. It includes the end that was pending: ends keep their order.
func (s *executorState) sendEnd(d *draft) {
	if s.pendingEnd != nil {
		d.Merged = s.pendingEnd.Merged + 1
		s.clearPending()
		s.countMerged(1)
	}
	wait := s.untilDue(string(d.Event))
	if wait <= 0 || s.closed {
		s.sendNow(string(d.Event), d)
		return
	}
	s.pendingEnd = d
	s.pendingTimer = time.AfterFunc(wait, s.sendPending)
}

// sendUnlessRecent sends a message unless one with the same key was sent within
// repeatInterval. It reports whether it did.
func (s *executorState) sendUnlessRecent(key string, d *draft) (sent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.untilDue(key) > 0 {
		return false
	}
	s.sendNow(key, d)
	return true
}

// untilDue returns the time until a message with this key may be sent again.
func (s *executorState) untilDue(key string) time.Duration {
	last, ok := s.lastSent[key]
	if !ok {
		return 0
	}
	return s.repeatInterval - time.Since(last)
}

func (s *executorState) sendNow(key string, d *draft) {
	s.lastSent[key] = time.Now()
	s.send(d)
}

// sendPending sends the end that waits for its time.
func (s *executorState) sendPending() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.pendingEnd; d != nil {
		s.clearPending()
		s.sendNow(string(d.Event), d)
	}
}

func (s *executorState) clearPending() {
	s.pendingTimer.Stop()
	s.pendingEnd, s.pendingTimer = nil, nil
}

// close sends the end that waits for its time. Later ends do not wait.
func (s *executorState) close() {
	s.sendPending()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}
