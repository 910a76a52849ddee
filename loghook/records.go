package loghook

import (
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/itemname"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

// newRecord returns a record with the attributes that every record has.
func (r *run) newRecord(class int, at time.Time, level slog.Level, message string, attrs ...slog.Attr) record {
	rec := slog.NewRecord(at, level, message, 0)
	rec.AddAttrs(r.name, r.id)
	rec.AddAttrs(attrs...)
	return record{Record: rec, run: r, class: class}
}

func (r *run) startRecord(e *core.RunStart) record {
	attrs := append(itemsAttr(e.Items), nonZeroAttr("workers", e.Workers)...)
	if len(e.Attrs) > 0 {
		var group []any
		for _, key := range slices.Sorted(maps.Keys(e.Attrs))[:min(len(e.Attrs), maxAttrs)] {
			group = append(group, textAttr(plaintext.Clean(key, maxName), e.Attrs[key]))
		}
		attrs = append(attrs, slog.Group("attrs", group...))
	}
	return r.newRecord(classStart, e.Started, slog.LevelInfo, "run started", attrs...)
}

func (r *run) failureRecord(e *core.ItemFailure) record {
	message, attrs := "item failed", []slog.Attr{slog.Int("index", e.Index)}
	if name := itemname.Clean(e.Name); name != "" {
		attrs = append(attrs, slog.String("name", name))
	}
	if _, whole := e.Err.(*core.ChunkError); whole { //nolint:errorlint // the run's own wrapper, which is outermost
		message, attrs = "chunk failed", append(attrs, slog.Int("items", e.Items))
	}
	attrs = append(attrs, slog.Int("chunk", e.Chunk), slog.Int("worker", e.Worker), slog.String("outcome", e.Outcome.String()))
	return r.newRecord(classFailure, e.At, slog.LevelWarn, message, append(attrs, errorAttrs(e.Err)...)...)
}

func (r *run) moreFailuresRecord(e *core.ItemFailure, items int) record {
	return r.newRecord(classFailure, e.At, slog.LevelWarn, "more items failed", append(errorAttrs(e.Err), slog.Int("items", items))...)
}

func (r *run) progressRecord(e *core.Progress) record {
	attrs := append(itemsAttr(e.Items), slog.Int("items_done", e.ItemsDone), slog.Int("items_failed", e.ItemsFailed))
	if percent, ok := e.Percent(); ok {
		attrs = append(attrs, slog.Int("percent", int(percent)))
	}
	attrs = append(attrs, slog.Int("chunks", e.Chunks), slog.Int("chunks_active", e.ChunksActive))
	if e.ChunksWaiting > 0 {
		attrs = append(attrs, slog.Int("chunks_waiting", e.ChunksWaiting))
	}
	attrs = append(attrs, slog.Duration("elapsed", e.Elapsed.Round(time.Millisecond)), slog.Float64("throughput", threeDigits(e.Throughput)))
	if e.Remaining.Known {
		attrs = append(attrs, slog.Duration("remaining_low", e.Remaining.Low.Round(time.Second)),
			slog.Duration("remaining_high", e.Remaining.High.Round(time.Second)))
	}
	return r.newRecord(classProgress, e.At, slog.LevelInfo, "run progress", attrs...)
}

func (r *run) anomalyRecord(e *core.Anomaly) record {
	message, level := "anomaly began", slog.LevelWarn
	if e.Over {
		message, level = "anomaly ended", slog.LevelInfo
	}
	attrs := []slog.Attr{textAttr("kind", string(e.Kind))}
	if e.Chunk >= 0 {
		attrs = append(attrs, slog.Int("chunk", e.Chunk), slog.Int("worker", e.Worker))
	}
	return r.newRecord(classFailure, e.At, level, message, append(attrs, slog.Float64("value", threeDigits(e.Value)),
		slog.Float64("expected", threeDigits(e.Expected)), slog.String("text", plaintext.Clean(e.Message, maxError)))...)
}

func (r *run) endRecord(e *core.RunEnd) record {
	level := slog.LevelError
	switch e.Outcome {
	case core.OutcomeOK:
		level = slog.LevelInfo
	case core.OutcomePartial, core.OutcomeCanceled:
		level = slog.LevelWarn
	}
	attrs := append([]slog.Attr{slog.String("outcome", e.Outcome.String())}, itemsAttr(e.Items)...)
	attrs = append(attrs, slog.Int("items_done", e.ItemsDone), slog.Int("items_failed", e.ItemsFailed),
		slog.Int("chunks", e.Chunks), slog.Int("chunks_failed", e.ChunksFailed),
		slog.Duration("duration", e.Duration.Round(time.Microsecond)),
		slog.Float64("throughput", threeDigits(float64(e.ItemsDone)/max(e.Duration, time.Nanosecond).Seconds())))
	if len(e.Custom) > 0 {
		attrs = append(attrs, counterAttr(e.Custom))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", plaintext.Error(e.Err, maxError)))
	}
	rec := r.newRecord(classEnd, e.Ended, level, "run ended", attrs...)
	rec.handled = make(chan struct{})
	return rec
}
