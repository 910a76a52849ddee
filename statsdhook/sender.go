package statsdhook

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/internal/sendq"
)

// send is the hook's own goroutine, and the only one that waits for the
// network. At every flush, and when many timers wait, it sends all there is.
func (h *Hook) send(ctx context.Context, q *sendq.Queue[timerValue]) {
	defer h.transport.close()
	h.transport.prepare(ctx)
	room := make([]timerValue, 0, queueSize)
	for open := true; open; {
		var timings []timerValue
		interval, cancel := context.WithTimeout(ctx, h.config.flushInterval)
		timings, open = q.Take(interval, queueSize/2, room)
		cancel()
		h.flush(ctx, func(w *writer) {
			for _, t := range timings {
				w.timing(t)
			}
			for _, s := range *h.allSeries.Load() {
				w.counters(s)
				w.gauges(s)
			}
		})
	}
	h.lastDrainStarted.Store(true) // whoever counts something from now on settles it
	h.flush(ctx, func(w *writer) {
		for _, s := range *h.allSeries.Load() { // what was counted meanwhile
			w.counters(s)
		}
		h.lastDrainDone.Store(true)
	})
}

// flush has lines written to the outlet's client, and sent.
func (h *Hook) flush(ctx context.Context, write func(*writer)) {
	client, settle := h.transport.open(ctx)
	write(&writer{client: client, settle: settle, countLines: h.countLines, sampleRate: h.config.sampleRate})
	h.transport.flush()
}

// made counts lines that were not in the queue.
func (h *Hook) countLines(lines int) { h.queue.Add(0, lines) }

// writer writes lines to a client.
type writer struct {
	client     statsd.StatSender
	settle     func(error) // what became of a line
	countLines func(int)   // lines were made that were not in the queue
	sampleRate float64
}

// timing writes a timer, of which the client makes milliseconds.
func (w *writer) timing(t timerValue) {
	defer w.survive()
	if t.sampled {
		ms := float64(t.duration) / float64(time.Millisecond)
		w.settle(w.client.Raw(t.name, w.scaled(strconv.FormatFloat(ms, 'f', -1, 64), "ms"), 1, t.tags...))
		return
	}
	w.settle(w.client.TimingDuration(t.name, t.duration, 1, t.tags...))
}

func (w *writer) counter(c *counter, n int64) {
	defer w.survive()
	w.countLines(1)
	if c.sampled {
		w.settle(w.client.Raw(c.name, w.scaled(strconv.FormatInt(n, 10), "c"), 1, c.tags...))
		return
	}
	w.settle(w.client.Inc(c.name, n, 1, c.tags...))
}

// scaled returns a sampled value with its rate. It is not left to the client,
// which would take a sample of our sample.
func (w *writer) scaled(value, kind string) string {
	return value + "|" + kind + "|@" + strconv.FormatFloat(w.sampleRate, 'f', -1, 64)
}

// gauge writes an absolute gauge. It is never negative, which would make it a
// difference, and not written if it is no number.
func (w *writer) gauge(s *metric, v float64) {
	if !(v >= 0) || math.IsInf(v, 0) {
		return
	}
	defer w.survive()
	w.countLines(1)
	w.settle(w.client.Raw(s.name, strconv.FormatFloat(v, 'f', -1, 64)+"|g", 1, s.tags...))
}

// counters writes the counters of an executor that have changed, and all that
// exist from the start when it is new.
func (w *writer) counters(s *series) {
	s.drain(!s.zerosSent, w.counter)
	s.zerosSent = true
}

// gauges writes the gauges of an executor as they are.
func (w *writer) gauges(s *series) {
	if size := s.lastChunk.Load(); size > 0 {
		w.gauge(&s.chunkSize, float64(size))
	}
	now := s.live.Read()
	remaining, _ := now.Remaining(time.Now())
	w.gauge(&s.runsActive, float64(now.RunsActive))
	w.gauge(&s.chunksActive, float64(now.ChunksActive))
	w.gauge(&s.workersActive, float64(now.WorkersActive))
	w.gauge(&s.itemsExpected, float64(now.ItemsExpected))
	w.gauge(&s.progress, now.Progress)
	w.gauge(&s.throughput, now.Throughput)
	w.gauge(&s.runRemaining, remaining.Seconds())
}

// survive makes the panic of a client that is not ours a failure of its line.
func (w *writer) survive() {
	if v := recover(); v != nil {
		w.settle(fmt.Errorf("the client panicked: %v", v))
	}
}
