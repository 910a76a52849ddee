package statsdhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// stuckLimit is how long Shutdown waits while nothing moves.
const stuckLimit = time.Second

// Flush sends everything that happened before it, as far as the server takes it.
func (h *Hook) Flush(ctx context.Context) error {
	if err := h.queue.Flush(ctx); err != nil {
		return fmt.Errorf("statsdhook: Flush: metric lines: %w", err)
	}
	return nil
}

// Shutdown sends what is left and ends the hook. It waits until ctx ends, for 8 s
// where it has no deadline, and at most a second while nothing moves because the
// sender is stuck. The error says how many lines were lost since the hook was made, by
// reason. It may be called again and at any moment; events after it count as dropped.
func (h *Hook) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer h.cancelWhenStuck(cancel)()
	err := h.queue.Close(ctx)
	var lost *sendq.LostError
	if err == nil || errors.As(err, &lost) { // not another call's, that still goes on
		h.lastDrainStarted.Store(true)
		if !h.lastDrainDone.Load() { // the sender is stuck
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

// watch gives up when nothing was settled for too long, until it is stopped.
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

// Stats counts metric lines: see the package's documentation.
func (h *Hook) Stats() core.HookStats { return h.queue.Stats() }

// settleLate counts what was added to s after the sender has looked at it for the
// last time as refused.
func (h *Hook) refuseLateCounts(s *series) {
	if h.lastDrainStarted.Load() {
		s.drain(false, func(*counter, int64) { h.queue.Refuse(0, 1) })
	}
}
