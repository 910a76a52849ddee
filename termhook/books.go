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
type books struct {
	mu                          sync.Mutex
	produced, delivered, errors uint64
	dropped                     map[string]uint64
	closed                      bool // nothing may become of what was pending
}

func (b *books) produce() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.produced++
}

func (b *books) drop(reason string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lose(reason, uint64(n))
}

func (b *books) lose(reason string, n uint64) {
	if n == 0 {
		return
	}
	if b.dropped == nil {
		b.dropped = map[string]uint64{}
	}
	b.dropped[reason] += n
}

// wrote notes a write that told the ends of n runs, and whether it failed.
func (b *books) wrote(n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.errors++
	}
	switch {
	case b.closed:
	case err != nil:
		b.lose("write_error", uint64(n))
	default:
		b.delivered += uint64(n)
	}
}

func (b *books) pending() uint64 {
	left := b.produced - b.delivered
	for _, n := range b.dropped {
		left -= n
	}
	return left
}

func (b *books) stats() core.HookStats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return core.HookStats{
		Produced: b.produced, Delivered: b.delivered, Pending: b.pending(),
		Errors: b.errors, Dropped: maps.Clone(b.dropped),
	}
}

// close gives up what is pending and tells what was ever lost.
func (b *books) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.lose("shutdown", b.pending())
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
