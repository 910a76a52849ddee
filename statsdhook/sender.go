package statsdhook

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// send runs on the hook's own goroutine, the only one that waits for the
// network. It sends all there is at every flush interval, and sooner when many
// timers wait.
func (h *Hook) send(ctx context.Context, q *sendq.Queue[timerValue]) {
	defer h.transport.close()
	h.transport.start(ctx)
	buf := make([]timerValue, 0, queueSize)
	b := &batch{countLine: func() { q.Add(0, 1) }}
	for open := true; open; {
		var timers []timerValue
		interval, cancel := context.WithTimeout(ctx, h.config.flushInterval)
		timers, open = q.Take(interval, queueSize/2, buf)
		cancel()
		h.flush(ctx, b, func() {
			b.addTimers(timers)
			for _, s := range *h.allSeries.Load() {
				b.addCounters(s)
				b.addGauges(s)
			}
		})
	}
	h.lastDrainStarted.Store(true) // from now on, events settle what they count
	h.flush(ctx, b, func() {
		for _, s := range *h.allSeries.Load() { // what was counted since the last flush
			b.addCounters(s)
		}
		h.lastDrainDone.Store(true)
	})
}

// flush collects lines in b and sends them. A client of the user that panics or
// calls runtime.Goexit costs the line it was called with. A new goroutine goes on
// with the next line, so that lines which are sent well cost no goroutine.
func (h *Hook) flush(ctx context.Context, b *batch, collect func()) {
	client, settle := h.transport.beginFlush(ctx)
	b.lines = b.lines[:0]
	collect()
	for next := 0; next < len(b.lines); {
		err := guard.Call(func() error {
			for next < len(b.lines) {
				l := &b.lines[next]
				next++ // before the call, so that it is not repeated
				settle(l.write(client, h.config.sampleRate))
			}
			return nil
		})
		if err != nil {
			settle(fmt.Errorf("the client broke: %w", err))
		}
	}
	h.transport.endFlush()
}
