package hooktest_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestEventString(t *testing.T) {
	bg := context.Background()
	chunk := core.ChunkStart{Executor: "job", RunID: "1", Chunk: 3, Offset: 30, Items: 10, Worker: 1}
	for _, tt := range []struct {
		call         func(r *hooktest.Recorder)
		event, lines string // lines only where it differs
	}{
		{
			func(r *hooktest.Recorder) {
				r.OnRunStart(bg, core.RunStart{Items: -1, Attrs: map[string]string{"b": "2", "a": "1"}})
			},
			`run_start "" items=unknown workers=0 attrs="map[a:1 b:2]"`, "",
		},
		{func(r *hooktest.Recorder) { r.OnRunEnd(bg, core.RunEnd{}) }, `run_end "" unknown done=0/0 chunks=0`, ""},
		{func(r *hooktest.Recorder) { r.OnChunkStart(bg, chunk) }, `chunk_start #3 [30:40) worker=1`, `chunk_start #3 [30:40)`},
		{func(r *hooktest.Recorder) {
			r.OnChunkEnd(bg, core.ChunkEnd{ChunkStart: chunk, ItemsDone: 10, Outcome: core.OutcomeOK, Attempts: 1})
		}, `chunk_end #3 [30:40) worker=1 ok`, `chunk_end #3 [30:40) ok`},
		{func(r *hooktest.Recorder) {
			r.OnChunkEnd(bg, core.ChunkEnd{ChunkStart: chunk, ItemsDone: 10, Outcome: core.OutcomeOK, Attempts: 2, RemoteWorker: "host\n1"})
		}, `chunk_end #3 [30:40) worker=1 ok attempts=2 remote="host\n1"`, `chunk_end #3 [30:40) ok attempts=2 remote="host\n1"`},
		{func(r *hooktest.Recorder) {
			r.OnChunkEnd(bg, core.ChunkEnd{ChunkStart: chunk, ItemsDone: 10, Outcome: core.OutcomeOK, Attempts: 1, WorkersLost: 3, Poison: true})
		}, `chunk_end #3 [30:40) worker=1 ok lost=3 poison`, `chunk_end #3 [30:40) ok lost=3 poison`},
		{func(r *hooktest.Recorder) {
			r.OnChunkEnd(bg, core.ChunkEnd{ChunkStart: chunk, ItemsDone: 4, Returned: 6, Outcome: core.OutcomeOK, Attempts: 1})
		}, `chunk_end #3 [30:40) worker=1 ok done=4 returned=6`, `chunk_end #3 [30:40) ok done=4 returned=6`},
		{func(r *hooktest.Recorder) {
			r.OnItemFailure(bg, core.ItemFailure{Chunk: 3, Worker: 1, Index: 30, Items: 10, Outcome: core.OutcomePanic, Err: errors.New("a\nb")})
		}, `item_failure #3 items [30:40) worker=1 panic "a\nb"`, `item_failure #3 items [30:40) panic "a\nb"`},
		{func(r *hooktest.Recorder) {
			r.OnItemFailure(bg, core.ItemFailure{Index: 3, Items: 1, Name: "a\n.csv", Outcome: core.OutcomeError, Err: errors.New("x")})
		}, `item_failure #0 item 3 name="a\n.csv" worker=0 error "x"`, `item_failure #0 item 3 name="a\n.csv" error "x"`},
		{func(r *hooktest.Recorder) {
			r.OnChunkEnd(bg, core.ChunkEnd{ChunkStart: chunk, ItemsDone: 10, Outcome: core.OutcomeOK, Custom: []core.CounterValue{{Name: "rows", Value: 7}}})
		}, `chunk_end #3 [30:40) worker=1 ok "rows"=7`, `chunk_end #3 [30:40) ok "rows"=7`},
		{func(r *hooktest.Recorder) {
			r.OnWorkerEnd(bg, core.WorkerEnd{WorkerStart: core.WorkerStart{Worker: 1}, Chunks: 5, Items: 50})
		}, `worker_end worker=1 chunks=5 items=50`, `worker_end worker=1`},
		{func(r *hooktest.Recorder) {
			r.OnAnomaly(bg, core.Anomaly{Kind: core.AnomalySlowChunk, Over: true, Chunk: 3, Worker: 1, Message: "slow"})
		}, `anomaly "slow_chunk" over #3 worker=1 "slow"`, `anomaly "slow_chunk" over #3 "slow"`},
		{func(r *hooktest.Recorder) {
			r.OnFault(bg, core.Fault{Hook: strings.Repeat("é", 101), Moment: core.MomentRunEnd, Kind: core.FaultStuck})
		}, `fault of "` + strings.Repeat("é", 100) + `"… in run_end: "stuck"`, ""},
		{func(r *hooktest.Recorder) {
			r.OnFault(bg, core.Fault{Hook: strings.Repeat("é", 99) + "\xff" + "€uro", Moment: core.MomentRunEnd, Kind: core.FaultStuck})
		}, `fault of "` + strings.Repeat("é", 99) + `\xff"… in run_end: "stuck"`, ""},
		{func(r *hooktest.Recorder) {
			r.OnItemFailure(bg, core.ItemFailure{Items: 1, Outcome: core.OutcomeError, Err: exitingError{}})
		}, `item_failure #0 item 0 worker=0 error "(formatting a hooktest_test.exitingError failed)"`, `item_failure #0 item 0 error "(formatting a hooktest_test.exitingError failed)"`},
		{func(r *hooktest.Recorder) {
			r.OnFault(bg, core.Fault{Hook: "other", Moment: core.MomentRunEnd, Kind: core.FaultPanic, Value: exitingError{}})
		}, `fault of "other" in run_end: "panic" "(formatting a hooktest_test.exitingError failed)"`, ""},
	} {
		rec := hooktest.NewRecorder()
		tt.call(rec)
		if got := rec.Events()[0].String(); got != tt.event {
			t.Errorf("got  %s\nwant %s", got, tt.event)
		}
		if tt.lines == "" {
			tt.lines = tt.event
		}
		if got := rec.Lines(); got[0] != tt.lines {
			t.Errorf("got  %s\nwant %s", got[0], tt.lines)
		}
	}
	rec := hooktest.NewRecorder()
	rec.OnProgress(bg, core.Progress{Items: 9, ItemsDone: 4, ChunksActive: 1, ChunksWaiting: 3, OldestChunk: core.ActiveChunk{Chunk: 2, Name: "a.csv"}})
	if got := rec.Events()[0].String(); got != `progress done=4/9 chunks=0 active=1 waiting=3 oldest=#2 name="a.csv"` {
		t.Errorf("progress is %q", got)
	}
	if got := (hooktest.Event{}).String(); got != "unknown" {
		t.Errorf("the zero event is %q", got)
	}
}

// exitingError calls runtime.Goexit where its text is asked for.
type exitingError struct{}

func (exitingError) Error() string { runtime.Goexit(); return "" }
