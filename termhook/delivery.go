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

// books count the ends of runs. Pending is what is left, so that they always
// add up.
type deliveryStats struct {
	mu                          sync.Mutex
	produced, delivered, errors uint64
	dropped                     map[string]uint64
	closed                      bool // nothing may become of what was pending
}

func (b *deliveryStats) addProduced() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.produced++
}

func (b *deliveryStats) addDropped(reason string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.addDroppedLocked(reason, uint64(n))
}

func (b *deliveryStats) addDroppedLocked(reason string, n uint64) {
	if n == 0 {
		return
	}
	if b.dropped == nil {
		b.dropped = map[string]uint64{}
	}
	b.dropped[reason] += n
}

// wrote notes a write that told the ends of n runs, and whether it failed.
func (b *deliveryStats) addWrite(n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.errors++
	}
	switch {
	case b.closed:
	case err != nil:
		b.addDroppedLocked("write_error", uint64(n))
	default:
		b.delivered += uint64(n)
	}
}

func (b *deliveryStats) pendingLocked() uint64 {
	left := b.produced - b.delivered
	for _, n := range b.dropped {
		left -= n
	}
	return left
}

func (b *deliveryStats) snapshot() core.HookStats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return core.HookStats{
		Produced: b.produced, Delivered: b.delivered, Pending: b.pendingLocked(),
		Errors: b.errors, Dropped: maps.Clone(b.dropped),
	}
}

// close gives up what is pending and tells what was ever lost.
func (b *deliveryStats) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.addDroppedLocked("shutdown", b.pendingLocked())
	if len(b.dropped) == 0 {
		return nil
	}
	var all uint64
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(b.dropped)) {
		all += b.dropped[reason]
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, b.dropped[reason]))
	}
	return errors.New("termhook: ends of runs that were not shown: " + fmt.Sprint(all) + " (" + strings.Join(reasons, ", ") + ")")
}
