package termhook

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// deliveryStats counts the ends of runs. What is pending follows from the other
// counts, so that they always add up.
type deliveryStats struct {
	mu                          sync.Mutex
	produced, delivered, errors uint64
	dropped                     map[string]uint64 // by reason
	closed                      bool              // everything that was pending is dropped
}

func (s *deliveryStats) addProduced() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.produced++
}

func (s *deliveryStats) addDropped(reason string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addDroppedLocked(reason, uint64(n))
}

func (s *deliveryStats) addDroppedLocked(reason string, n uint64) {
	if n == 0 {
		return
	}
	if s.dropped == nil {
		s.dropped = map[string]uint64{}
	}
	s.dropped[reason] += n
}

// addWrite counts a write with the ends of n runs, and its error.
func (s *deliveryStats) addWrite(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.errors++
	}
	switch {
	case s.closed:
	case err != nil:
		s.addDroppedLocked("write_error", uint64(n))
	default:
		s.delivered += uint64(n)
	}
}

func (s *deliveryStats) pendingLocked() uint64 {
	pending := s.produced - s.delivered
	for _, n := range s.dropped {
		pending -= n
	}
	return pending
}

func (s *deliveryStats) snapshot() core.HookStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return core.HookStats{
		Produced: s.produced, Delivered: s.delivered, Pending: s.pendingLocked(),
		Errors: s.errors, Dropped: maps.Clone(s.dropped),
	}
}

// close drops what is pending. Its error reports everything that was dropped.
func (s *deliveryStats) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.addDroppedLocked("shutdown", s.pendingLocked())
	if len(s.dropped) == 0 {
		return nil
	}
	var all uint64
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(s.dropped)) {
		all += s.dropped[reason]
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, s.dropped[reason]))
	}
	return errors.New("termhook: ends of runs that were not shown: " + fmt.Sprint(all) + " (" + strings.Join(reasons, ", ") + ")")
}
