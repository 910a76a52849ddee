package uihook

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/health"
)

// healthPatience is how long a snapshot waits for the health of other hooks.
const healthPatience = 100 * time.Millisecond

// healthReader reads the health of other hooks. Their Stats is user code that may
// hang; at most one goroutine waits for it.
type healthReader struct {
	sources health.Sources

	mu      sync.Mutex
	reading bool
	last    map[string]core.HookStats
}

// read returns the health of all hooks, the one before if a hook does not answer.
func (h *healthReader) read() map[string]core.HookStats {
	if h.sources.Empty() {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reading {
		return h.last
	}
	h.reading = true
	done := make(chan struct{})
	go func() {
		stats, _ := h.sources.Read() // a hook that is broken is left out
		h.mu.Lock()
		h.reading, h.last = false, stats
		h.mu.Unlock()
		close(done)
	}()
	h.mu.Unlock()
	timer := time.NewTimer(healthPatience)
	select {
	case <-done:
	case <-timer.C:
	}
	timer.Stop()
	h.mu.Lock()
	return h.last
}

// exporterViews joins the health of hooks with their faults.
func exporterViews(stats map[string]core.HookStats, faults map[string]int64, texts texts) []exporterView {
	names := map[string]bool{}
	for name := range stats {
		names[name] = true
	}
	for name := range faults {
		names[name] = true
	}
	all := []exporterView{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		s := stats[name]
		v := exporterView{
			Hook: texts.name(name), Produced: s.Produced, Delivered: s.Delivered, Pending: s.Pending,
			Errors: s.Errors, Faults: faults[name], Dropped: map[string]uint64{},
		}
		for reason, n := range s.Dropped {
			v.Dropped[texts.name(reason)] += n
		}
		all = append(all, v)
	}
	return all
}
