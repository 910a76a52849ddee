package core

import "time"

// push takes an item from the source. It returns false if the run takes no more.
func (s *streamSource[T, R]) push(v T) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.filling == nil && s.full() && s.run.workCtx.Err() == nil {
		s.watchHead()
		s.spaceFree.Wait()
	}
	if s.run.workCtx.Err() != nil {
		s.sourceCut = true
		return false
	}
	if s.filling == nil {
		s.beginBatch()
	}
	s.filling.in = append(s.filling.in, v)
	s.items++
	if len(s.filling.in) >= s.size || s.idle > 0 && s.due {
		s.handOver()
	}
	return true
}

// beginBatch makes a batch for the next item, and starts its linger.
func (s *streamSource[T, R]) beginBatch() {
	s.filling = s.newBatch()
	s.unyielded.push(s.filling)
	s.due = !s.fixed
	if s.linger == 0 {
		return
	}
	s.firstItemAt = s.run.now()
	if s.lingerTimer != nil {
		s.lingerTimer.Reset(s.linger)
		return
	}
	s.lingerTimer = time.AfterFunc(s.linger, s.endLinger)
}

// endLinger makes the batch that is filling due, unless the timer was for one before.
func (s *streamSource[T, R]) endLinger() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.filling == nil || s.run.now()-s.firstItemAt < s.linger {
		return
	}
	s.due = true
	if s.idle > 0 {
		s.handOver()
	}
}

// handOver gives the batch that is filling to the workers.
func (s *streamSource[T, R]) handOver() {
	s.ready.push(s.filling)
	s.filling = nil
	s.idle = max(0, s.idle-1)
	s.batchReady.Signal()
}

// full reports whether the source is far enough ahead: two chunks a worker are not
// yet yielded. If one slow chunk holds back the results of all others, maxAhead
// items may wait, and a chunk for each worker, so that the workers go on meanwhile.
func (s *streamSource[T, R]) full() bool {
	workers := len(s.assigned)
	return s.unyielded.len() >= 2*workers &&
		(s.unyielded.first() != s.slowHead || s.items-s.yielded >= maxAhead || s.ready.len() >= workers)
}

// slowHeadAfter is how long the first chunk in order may hold the source up before
// the source goes on. It is long enough for chunks of fast items, which would
// become very small, and short for a person.
const slowHeadAfter = time.Millisecond

// watchHead finds out whether the first chunk in order holds the source up.
func (s *streamSource[T, R]) watchHead() {
	if s.unyielded.len() == 0 || s.unyielded.first().done || s.unyielded.first() == s.slowHead {
		return
	}
	if s.headTimer != nil {
		s.headTimer.Reset(slowHeadAfter)
		return
	}
	s.headTimer = time.AfterFunc(slowHeadAfter, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.unyielded.len() > 0 && !s.unyielded.first().done {
			s.slowHead = s.unyielded.first()
			s.spaceFree.Signal()
		}
	})
}
