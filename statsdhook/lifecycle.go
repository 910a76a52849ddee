package statsdhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// stuckLimit is how long Shutdown waits for a sender that settles no line.
const stuckLimit = time.Second

// Flush sends the metrics of all events before it and waits until every line is
// delivered or dropped. It returns an error when ctx ends first.
func (h *Hook) Flush(ctx context.Context) error {
	if err := h.queue.Flush(ctx); err != nil {
		return fmt.Errorf("statsdhook: Flush: metric lines: %w", err)
	}
	return nil
}

// Shutdown sends what is left and ends the hook. It waits until ctx ends, or for
// 8 s if ctx has no deadline. It stops waiting when the sender is stuck and has
// settled no line for a second. The error says how many lines the hook has lost
// in its life, by reason. Shutdown may be called at any moment and more than
// once. Later events count as dropped.
func (h *Hook) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer h.cancelWhenStuck(cancel)()
	err := h.queue.Close(ctx)
	var lost *sendq.LostError
	if err == nil || errors.As(err, &lost) { // otherwise another call of Shutdown has not returned yet
		h.lastDrainStarted.Store(true)
		if !h.lastDrainDone.Load() { // the sender is stuck or was never started
			for _, s := range *h.allSeries.Load() {
				s.drain(false, func(*counter, int64) { h.queue.Add(0, 1) })
			}
		}
		err = h.queue.Lost()
	}
	if err != nil {
		return fmt.Errorf("statsdhook: Shutdown: metric lines: %w", err)
	}
	return nil
}

// cancelWhenStuck calls cancel when no line was settled for stuckLimit. It
// watches until stop is called.
func (h *Hook) cancelWhenStuck(cancel func()) (stop func()) {
	settled := func() uint64 { s := h.queue.Stats(); return s.Produced - s.Pending }
	stopped := make(chan struct{})
	go func() {
		tick := time.NewTicker(stuckLimit)
		defer tick.Stop()
		for last := settled(); ; {
			select {
			case <-stopped:
				return
			case <-tick.C:
			}
			now := settled()
			if now == last {
				cancel()
				return
			}
			last = now
		}
	}()
	return func() { close(stopped) }
}

// Stats returns counts of metric lines; see the package's documentation.
func (h *Hook) Stats() core.HookStats { return h.queue.Stats() }

// refuseLateCounts counts as refused what was added to s after the sender has
// collected its counters for the last time.
func (h *Hook) refuseLateCounts(s *series) {
	if h.lastDrainStarted.Load() {
		s.drain(false, func(*counter, int64) { h.queue.Refuse(0, 1) })
	}
}
