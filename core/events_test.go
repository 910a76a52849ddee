package core_test

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestEventsStartEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2))
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { time.Sleep(time.Minute); return nil })
		start := onlyOne[core.RunStart](t, rec)
		if want := (core.RunStart{Executor: e.Name(), RunID: start.RunID, Items: 2, Workers: 1, Started: began}); !reflect.DeepEqual(start, want) {
			t.Errorf("the run starts as %+v, want %+v", start, want)
		}
		chunk := onlyOne[core.ChunkStart](t, rec)
		if want := (core.ChunkStart{Executor: e.Name(), RunID: start.RunID, Items: 2, Started: began}); chunk != want {
			t.Errorf("the chunk starts as %+v, want %+v", chunk, want)
		}
		first := hooktest.Of[core.Progress](rec)[0]
		if first.ItemsDone+first.ItemsFailed+first.Chunks != 0 || first.ChunksActive != 1 || first.Remaining.Known || !first.OldestChunk.Started.Equal(began) {
			t.Errorf("the first progress is %+v", first)
		}
	})
}

func TestFailuresAreReported(t *testing.T) {
	var failures []core.ItemFailure
	e := core.NewExecutor(core.WithWorkers(1), core.WithContinueOnError())
	e.Register(core.OnItemFailure(func(f core.ItemFailure) { failures = append(failures, f) }))
	run := func(fail bool) {
		_ = core.ForEach(t.Context(), e, indexes(4), func(_ context.Context, i int) error {
			switch {
			case fail && i == 1:
				return errBoom
			case fail && i == 2:
				panic(errStop)
			}
			return nil
		})
	}
	run(false)
	if len(failures) != 0 {
		t.Fatalf("nothing failed, and %+v was reported", failures)
	}
	run(true)
	if len(failures) != 2 {
		t.Fatalf("%d failures were reported", len(failures))
	}
	if f := failures[0]; f.Index != 1 || f.Items != 1 || f.Outcome != core.OutcomeError || !errors.Is(f.Err, errBoom) || f.At.IsZero() {
		t.Errorf("the error was reported as %+v", f)
	}
	f := failures[1]
	thrown, ok := errors.AsType[*core.PanicError](f.Err)
	if f.Index != 2 || f.Outcome != core.OutcomePanic || !ok || !strings.Contains(string(thrown.Stack), "TestFailuresAreReported") {
		t.Errorf("the panic was reported as %+v", f)
	}
}

func TestRunEvents(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				w := workload{items: 10, workers: 2}
				w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
					time.Sleep(time.Second)
					return square(ctx, lo, hi)
				}
				e := w.executor()
				e.Register(rec)
				form.run(t.Context(), e, w)
				start, end := onlyOne[core.RunStart](t, rec), onlyOne[core.RunEnd](t, rec)
				items, workers := w.items, w.workers
				if form.stream {
					items = -1
				}
				if form.ownLoop {
					workers = 0
				}
				if start.Executor != "job" || start.Items != items || start.Workers != workers {
					t.Errorf("the run starts as %+v", start)
				}
				if !reflect.DeepEqual(end.RunStart, start) || end.ItemsDone != w.items || end.Outcome != core.OutcomeOK || end.Duration <= 0 || !end.Ended.Equal(start.Started.Add(end.Duration)) {
					t.Errorf("the run ends as %+v", end)
				}
				events := rec.Events()
				if first := events[0]; first.Moment != core.MomentRunStart {
					t.Errorf("the first event is %v", first)
				}
				if last := events[len(events)-1]; last.Moment != core.MomentRunEnd {
					t.Errorf("the last event is %v", last)
				}
			})
		})
	}
}

// Chunks are numbered in the order of their offsets, without a gap, with sizes of any
// kind.
func TestChunkEvents(t *testing.T) {
	for _, workers := range []int{1, 4} {
		for _, opts := range [][]core.Option{nil, {core.WithChunkSize(7)}, {core.WithChunkSize(1000)}, {core.WithTargetChunkDuration(time.Nanosecond)}} {
			for _, perChunk := range []bool{false, true} {
				t.Run(fmt.Sprintf("workers=%d/%d options/perChunk=%v", workers, len(opts), perChunk), func(t *testing.T) {
					const n = 500
					rec := hooktest.NewRecorder()
					e := core.NewExecutor(append(opts, core.WithWorkers(workers))...)
					unregister := e.Register(rec)
					err := core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { return nil })
					if perChunk {
						unregister()
						rec = hooktest.NewRecorder()
						e.Register(rec)
						err = core.ForEachChunk(t.Context(), e, indexes(n), func(context.Context, []int) error { return nil })
					}
					if err != nil {
						t.Fatal(err)
					}
					checkChunks(t, hooktest.Of[core.ChunkEnd](rec), n, workers)
				})
			}
		}
	}
}

func checkChunks(t *testing.T, chunks []core.ChunkEnd, n, workers int) {
	t.Helper()
	if workers == 1 {
		before := 0.0
		for _, c := range chunks {
			percent, ok := c.Percent()
			if !ok || percent < before || percent > 100 {
				t.Errorf("%v %% after %v %%", percent, before)
			}
			before = percent
		}
	}
	done := slices.MaxFunc(chunks, func(a, b core.ChunkEnd) int { return a.RunItemsDone - b.RunItemsDone })
	if percent, _ := done.Percent(); percent != 100 || done.RunItemsDone != n || done.RunItems != n {
		t.Errorf("at the end %d of %d items were done, %v %%", done.RunItemsDone, done.RunItems, percent)
	}
	slices.SortFunc(chunks, func(a, b core.ChunkEnd) int { return a.Chunk - b.Chunk })
	offset := 0
	for i, c := range chunks {
		if c.Chunk != i || c.Offset != offset || c.Items < 1 || c.ItemsDone != c.Items || c.Worker < 0 || c.Worker >= workers || c.Duration < 0 {
			t.Fatalf("chunk %d from %d is %+v", i, offset, c)
		}
		offset += c.Items
	}
	if offset != n {
		t.Errorf("the chunks have %d items, want %d", offset, n)
	}
}

func TestEmptyInput(t *testing.T) {
	for _, form := range runForms() {
		for _, cancelled := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/cancelled=%v", form.name, cancelled), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				outcome := core.OutcomeOK // also when cancelled, because no item is unfinished
				if cancelled {
					cancel()
					if form.stream {
						outcome = core.OutcomeCanceled // the source might have had more items
					}
				}
				rec := hooktest.NewRecorder()
				w := workload{items: 0, workers: 2}
				w.process = func(context.Context, int, int) ([]int, error) {
					t.Error("an item ran")
					return nil, nil
				}
				e := w.executor()
				e.Register(rec)
				result := form.run(ctx, e, w)
				if len(result.values) != 0 || (result.err != nil) != (outcome == core.OutcomeCanceled) || !form.stream && result.values == nil {
					t.Errorf("got %v, %v", result.values, result.err)
				}
				if n := len(hooktest.Of[core.ChunkStart](rec)); n != 0 {
					t.Errorf("%d chunks", n)
				}
				end := onlyOne[core.RunEnd](t, rec)
				if end.Outcome != outcome || end.Err != result.err || end.Chunks != 0 || end.ItemsDone != 0 { // identical
					t.Errorf("the run ended %+v", end)
				}
				if !form.stream {
					if percent, ok := onlyOne[core.Progress](t, rec).Percent(); !ok || percent != 100 {
						t.Errorf("an empty run is at %v %%", percent)
					}
				}
				starts, ends := len(hooktest.Of[core.WorkerStart](rec)), len(hooktest.Of[core.WorkerEnd](rec))
				if starts != ends || starts > 0 && !form.stream {
					t.Errorf("%d workers began, %d ended", starts, ends)
				}
			})
		}
	}
}

func TestSingleItem(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			w := workload{items: 1, workers: 8, process: square}
			e := w.executor()
			e.Register(rec)
			result := form.run(t.Context(), e, w)
			if len(result.values) != 1 || result.values[0] != valueOf(0) || result.err != nil {
				t.Errorf("got %v, %v", result.values, result.err)
			}
			chunk := onlyOne[core.ChunkEnd](t, rec)
			if percent, ok := chunk.Percent(); chunk.Items != 1 || ok == form.stream || ok && percent != 100 {
				t.Errorf("the chunk ended %+v at %v %%", chunk, percent)
			}
		})
	}
}

// Back ends use these words. They have no other source.
func TestWords(t *testing.T) {
	type word interface {
		fmt.Stringer
		encoding.TextMarshaler
	}
	words := map[word]string{
		core.OutcomeOK: "ok", core.OutcomeCanceled: "canceled", core.OutcomeError: "error", core.OutcomePanic: "panic",
		core.Outcome(0): "unknown", core.Outcome(200): "unknown",
		core.MomentFilter: "filter", core.MomentRunStart: "run_start", core.MomentWorkerStart: "worker_start",
		core.MomentChunkStart: "chunk_start", core.MomentItemFailure: "item_failure", core.MomentChunkEnd: "chunk_end",
		core.MomentProgress: "progress", core.MomentAnomaly: "anomaly", core.MomentFault: "fault",
		core.MomentWorkerEnd: "worker_end", core.MomentRunEnd: "run_end", core.Moment(0): "unknown", core.Moment(200): "unknown",
	}
	for w, want := range words {
		if text, err := w.MarshalText(); w.String() != want || string(text) != want || err != nil {
			t.Errorf("%#v is %q and %q, want %q", w, w, text, want)
		}
	}
	if core.OutcomeOK >= core.OutcomeCanceled || core.OutcomeCanceled >= core.OutcomeError || core.OutcomeError >= core.OutcomePanic {
		t.Error("the outcomes are not in the order of their weight")
	}
}
