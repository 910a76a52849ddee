package loghook

import (
	"context"
	"log/slog"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

const (
	queueCapacity = 256
	endWait       = 10 * time.Millisecond // a run's end waits so long for its record
)

// The classes of records, the least important first: a full queue drops a
// record of a lower class for one of a higher class.
const (
	classProgress = iota
	classFailure
	classStart
	classEnd
	classCount
)

// record is a record in the queue.
type record struct {
	slog.Record
	run     *run
	class   int
	handled chan struct{} // closed after the logger's call; nil if nothing waits for it
}

// await waits until the logger has handled the record, for endWait at most: a
// slow logger must not hold up the run.
func (r record) await() {
	timer := time.NewTimer(endWait)
	defer timer.Stop()
	select {
	case <-r.handled:
	case <-timer.C:
	}
}

// newQueue returns the queue whose goroutine gives the records to the logger.
func newQueue(logger func() *slog.Logger) *sendq.Queue[record] {
	return sendq.New(queueCapacity, classCount, func(ctx context.Context, q *sendq.Queue[record]) {
		for r, ok := q.Next(ctx); ok; r, ok = q.Next(ctx) {
			if err := handle(logger, r); err != nil {
				q.Failed()
				q.Dropped(r.class, 1, "handler_error")
			} else {
				q.Delivered(r.class, 1)
			}
			if r.handled != nil {
				close(r.handled)
			}
		}
	})
}

// handle gives a record to the logger. Its handler is user code.
func handle(logger func() *slog.Logger, r record) error {
	return guard.Call(func() error {
		h := logger().Handler()
		if !h.Enabled(r.run.ctx, r.Level) {
			return nil
		}
		return h.Handle(r.run.ctx, r.Record)
	})
}
