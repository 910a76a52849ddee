package hooktest_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

var discard = slog.New(slog.DiscardHandler)

func TestUnpaired(t *testing.T) {
	run := core.RunStart{Executor: "job", RunID: "1", Items: 4, Workers: 1}
	runEnd := core.RunEnd{RunStart: run, Outcome: core.OutcomeOK}
	worker := core.WorkerStart{Executor: "job", RunID: "1"}
	chunk := core.ChunkStart{Executor: "job", RunID: "1", Items: 4}
	chunkEnd := core.ChunkEnd{ChunkStart: chunk, ItemsDone: 4, Outcome: core.OutcomeOK}
	second := chunk
	second.Chunk, second.Offset = 1, 4

	bg := context.Background()
	for _, tt := range []struct {
		name string
		call func(r *hooktest.Recorder)
		want []string
	}{
		{"nothing", func(*hooktest.Recorder) {}, nil},
		{"a whole run", func(r *hooktest.Recorder) {
			run := r.OnRunStart(bg, run)
			r.OnWorkerStart(run, worker)
			r.OnChunkEnd(r.OnChunkStart(run, chunk), chunkEnd)
			r.OnWorkerEnd(run, core.WorkerEnd{WorkerStart: worker})
			r.OnRunEnd(context.WithoutCancel(run), runEnd)
			r.OnFault(bg, core.Fault{Executor: "job", RunID: "1"})
		}, nil},
		{"starts only", func(r *hooktest.Recorder) {
			r.OnRunStart(bg, run)
			r.OnWorkerStart(bg, worker)
			r.OnChunkStart(bg, chunk)
		}, []string{
			`run_start "job" items=4 workers=1: has no end`,
			`worker_start worker=0: has no end`,
			`chunk_start #0 [0:4) worker=0: has no end`,
		}},
		{"an end before its start", func(r *hooktest.Recorder) {
			run := r.OnRunStart(bg, run)
			r.OnChunkEnd(run, chunkEnd)
			r.OnChunkStart(run, chunk)
			r.OnRunEnd(run, runEnd)
		}, []string{
			`chunk_end #0 [0:4) worker=0 ok: has no start`,
			`chunk_start #0 [0:4) worker=0: has no end`,
		}},
		{"two ends", func(r *hooktest.Recorder) {
			run := r.OnRunStart(bg, run)
			r.OnRunEnd(run, runEnd)
			r.OnRunEnd(run, runEnd)
		}, []string{`run_end "job" ok done=0/4 chunks=0: is a second end`}},
		{"before and after the run", func(r *hooktest.Recorder) {
			r.OnProgress(bg, core.Progress{Executor: "job", RunID: "1", Items: 4})
			run := r.OnRunStart(bg, run)
			r.OnRunEnd(run, runEnd)
			r.OnProgress(bg, core.Progress{Executor: "job", RunID: "1", Items: 4, ItemsDone: 4, Chunks: 1})
			r.OnAnomaly(bg, core.Anomaly{Executor: "job", RunID: "1", Kind: core.AnomalyStall, Chunk: -1, Worker: -1})
		}, []string{
			`progress done=0/4 chunks=0 active=0: comes before the start of its run`,
			`progress done=4/4 chunks=1 active=0: comes after the end of its run`,
			`anomaly "stall" "": comes after the end of its run`,
		}},
		{"a failure outside of its chunk", func(r *hooktest.Recorder) {
			run := r.OnRunStart(bg, run)
			r.OnItemFailure(run, core.ItemFailure{Executor: "job", RunID: "1", Items: 1, Outcome: core.OutcomeError, Err: errBoom})
			r.OnRunEnd(run, runEnd)
		}, []string{`item_failure #0 item 0 worker=0 error "boom": comes outside of its chunk`}},
		{"another run's events", func(r *hooktest.Recorder) {
			ctx := r.OnRunStart(bg, run)
			r.OnWorkerStart(ctx, core.WorkerStart{Executor: "other job", RunID: "1"})
			r.OnWorkerEnd(ctx, core.WorkerEnd{WorkerStart: core.WorkerStart{Executor: "job", RunID: "2"}})
			r.OnRunEnd(ctx, runEnd)
		}, []string{
			`worker_start worker=0: comes before the start of its run`,
			`worker_end worker=0 chunks=0 items=0: has no start`,
			`worker_end worker=0 chunks=0 items=0: comes before the start of its run`,
			`worker_start worker=0: has no end`,
		}},
		{"swapped contexts", func(r *hooktest.Recorder) {
			run := r.OnRunStart(bg, run)
			first, other := r.OnChunkStart(run, chunk), r.OnChunkStart(run, second)
			r.OnChunkEnd(other, chunkEnd)
			r.OnChunkEnd(first, core.ChunkEnd{ChunkStart: second, ItemsDone: 4, Outcome: core.OutcomeOK})
			r.OnRunEnd(bg, runEnd)
		}, []string{
			`chunk_end #0 [0:4) worker=0 ok: has another context than its start returned`,
			`chunk_end #1 [4:8) worker=0 ok: has another context than its start returned`,
			`run_end "job" ok done=0/4 chunks=0: has another context than its start returned`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			tt.call(rec)
			if got := rec.Unpaired(); !slices.Equal(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// contextDropper is a wrapper with a mistake: it does not return the context that
// the Recorder's start returns.
type contextDropper struct{ *hooktest.Recorder }

func (l contextDropper) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	l.Recorder.OnChunkStart(ctx, e)
	return ctx
}

func TestUnpairedFindsALostContextInARealRun(t *testing.T) {
	rec := hooktest.NewRecorder()
	exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2))
	exec.Register(contextDropper{rec})
	if err := core.ForEach(t.Context(), exec, []int{1, 2}, failAt(0, nil)); err != nil {
		t.Fatal(err)
	}
	want := []string{`chunk_end #0 [0:2) worker=0 ok: has another context than its start returned`}
	if got := rec.Unpaired(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
