package exporters

import (
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// spanQueue is a batching processor of the SDK that loses nothing silently. The
// SDK's own drops what its queue has no room for and does not say so. So this one
// counts what it holds, refuses what would be too much, and never fills the SDK's
// queue.
type spanQueue struct {
	sdktrace.SpanProcessor
	export func(*spanQueue, []sdktrace.ReadOnlySpan)

	exports sync.WaitGroup // under way
	limit   int64
	pending atomic.Int64 // spans put and not settled; at least closedQueue after close
}

// closedQueue is more than any queue holds.
const closedQueue = math.MaxInt64 / 2

// flushMarks is the room for the marks that flushes put into the SDK's queue.
const flushMarks = 256

// newSpanQueue returns a queue for a number of spans, besides the batch being
// exported. It calls export with each batch.
func newSpanQueue(size int, export func(*spanQueue, []sdktrace.ReadOnlySpan)) *spanQueue {
	batch := min(size, batchSetting("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", sdktrace.DefaultMaxExportBatchSize, 1<<20))
	delay := batchSetting("OTEL_BSP_SCHEDULE_DELAY", sdktrace.DefaultScheduleDelay, math.MaxInt32)
	q := &spanQueue{export: export, limit: int64(size + batch)}
	q.SpanProcessor = sdktrace.NewBatchSpanProcessor(queueExporter{q},
		sdktrace.WithMaxQueueSize(size+batch+flushMarks),
		sdktrace.WithMaxExportBatchSize(batch),
		sdktrace.WithBatchTimeout(time.Duration(delay)*time.Millisecond),
	)
	return q
}

// batchSetting returns the number in one of OpenTelemetry's variables, or the
// default if it is not from 1 to most. With other numbers the SDK would panic or
// never rest.
func batchSetting(variable string, defaultValue, most int) int {
	n, err := strconv.Atoi(os.Getenv(variable))
	if err != nil || n < 1 || n > most {
		return defaultValue
	}
	return n
}

// drain exports what is queued. It ends with the exports, and has no error of its
// own.
func (q *spanQueue) drain() {
	_ = q.Shutdown(context.Background())
	q.exports.Wait()
}

// put queues a span if there is room for it and for as many more as are reserved.
// It reports whether there was. It neither allocates nor locks.
func (q *spanQueue) put(s sdktrace.ReadOnlySpan, reserved int64) bool {
	for {
		pending := q.pending.Load()
		if pending >= q.limit-reserved {
			return false
		}
		if q.pending.CompareAndSwap(pending, pending+1) {
			q.OnEnd(s)
			return true
		}
	}
}

// settle takes n exported spans off the count. It reports false if close has
// counted them.
func (q *spanQueue) settle(n int) bool {
	for {
		pending := q.pending.Load()
		if pending >= closedQueue {
			return false
		}
		if q.pending.CompareAndSwap(pending, pending-int64(n)) {
			return true
		}
	}
}

// close gives up what is pending, and returns how much it is. The queue takes
// nothing more.
func (q *spanQueue) close() int {
	pending := q.pending.Swap(closedQueue)
	if pending >= closedQueue {
		return 0
	}
	return int(pending)
}

// queueExporter is the exporter of a queue's processor.
type queueExporter struct{ queue *spanQueue }

// ExportSpans exports a batch. Its error is always nil: the SDK would print it on
// standard error. It returns when its context ends, which may be that of a flush,
// and the export goes on: the spans would be lost otherwise.
func (e queueExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	spans = slices.Clone(spans) // the SDK uses them again
	exported := make(chan struct{})
	e.queue.exports.Go(func() {
		defer close(exported)
		e.queue.export(e.queue, spans)
	})
	select {
	case <-exported:
	case <-ctx.Done():
	}
	return nil
}

// Shutdown does nothing: another queue has the same exporter.
func (queueExporter) Shutdown(context.Context) error { return nil }
