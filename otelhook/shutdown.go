package otelhook

import (
	"context"
	"errors"

	"github.com/chunkscope/chunkscope/internal/closing"
)

// Flush has the providers send what they hold, both at once, if they can be
// flushed. It returns by the context's deadline, or after 8 s if there is none.
// It leaves behind a provider that has not returned a tenth of a second later. Its
// error names what was not sent. It is safe for concurrent use.
func (h *Hook) Flush(ctx context.Context) error { return closing.All(ctx, h.flushTasks()...) }

// Shutdown flushes the providers as Flush does, and then ends the gauges, in the
// time that Flush has and a tenth of a second. It does not shut the providers
// down: their creator does, after it. Spans and other metrics work as long as
// their providers do. Its error also says how many spans were reported as lost so
// far, by reason; see [Hook.SpansExported] and [Hook.SpansDropped]. It may be called
// more than once and concurrently.
func (h *Hook) Shutdown(ctx context.Context) error {
	flushed, ended := h.Flush(ctx), h.endGauges()
	return errors.Join(flushed, ended, h.exports.err())
}

// endGauges takes the callback from the meter, also if the time is up: there is
// nothing to wait for but the meter's lock.
func (h *Hook) endGauges() error {
	if h.metrics == nil || h.metrics.registration == nil {
		return nil
	}
	return closing.All(closing.Done(), closing.Task{
		Name: "otelhook: end of gauges",
		Do:   func(context.Context) error { return h.metrics.registration.Unregister() },
	})
}

// flusher is a provider that can be flushed, as the SDK's can.
type flusher interface{ ForceFlush(context.Context) error }

func (h *Hook) flushTasks() (tasks []closing.Task) {
	if p, ok := h.config.currentTracerProvider().(flusher); ok && h.tracing != nil {
		tasks = append(tasks, closing.Task{Name: "otelhook: flush of traces", Do: p.ForceFlush})
	}
	if p, ok := h.config.currentMeterProvider().(flusher); ok && h.metrics != nil {
		tasks = append(tasks, closing.Task{Name: "otelhook: flush of metrics", Do: p.ForceFlush})
	}
	return tasks
}
