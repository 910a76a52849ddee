package loghook

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

const (
	queueCapacity = 256
	endWait   = 10 * time.Millisecond // that a run's end waits for its record
)

// The classes of records: what matters more displaces what matters less.
const (
	classProgress = iota
	classFailure
	classStart
	classEnd
	classCount
)

// record is a record on its way to the logger.
type record struct {
	slog.Record
	run   *run
	class int
	handled  chan struct{} // closed when the logger has it; nil if nobody waits
}

// wait waits a moment for the logger to have the record.
func (r record) awaitHandler() {
	timer := time.NewTimer(endWait)
	defer timer.Stop()
	select {
	case <-r.handled:
	case <-timer.C: // the logger is slow or blocked; the run is not to be
	}
}

// newQueue returns the queue whose consumer gives records to the logger.
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

// log gives a record to the logger. Its handler is user code.
func handle(logger func() *slog.Logger, r record) error {
	return guard.Call(func() error {
		h := logger().Handler()
		if !h.Enabled(r.run.ctx, r.Level) {
			return nil
		}
		return h.Handle(r.run.ctx, r.Record)
	})
}

// digits rounds f to three digits, as nobody reads more.
func digits(f float64) float64 {
	if f == 0 || f-f != 0 {
		return 0 // JSON has no word for infinity
	}
	scale := math.Pow(10, math.Floor(math.Log10(math.Abs(f)))-2)
	if scale == 0 {
		return 0
	}
	return math.Round(f/scale) * scale
}
