package hooktest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

var errBoom = errors.New("boom")

// record runs fn over 0..9 in chunks of four and returns what was recorded.
func record(t *testing.T, workers int, fn func(ctx context.Context, i int) error, opts ...core.Option) *hooktest.Recorder {
	t.Helper()
	rec := hooktest.NewRecorder()
	opts = append(opts, core.WithName("job"), core.WithWorkers(workers), core.WithChunkSize(4))
	exec := core.NewExecutor(opts...)
	exec.Register(rec)
	_ = core.ForEach(t.Context(), exec, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, fn)
	return rec
}

func failAt(bad int, how func() error) func(context.Context, int) error {
	return func(_ context.Context, i int) error {
		if i == bad {
			return how()
		}
		return nil
	}
}

func TestLinesWithOneWorker(t *testing.T) {
	for _, tt := range []struct {
		name string
		how  func() error
		opts []core.Option
		want string
	}{
		{"ok", func() error { return nil }, nil, `
run_start "job" items=10 workers=1
worker_start worker=0
chunk_start #0 [0:4)
chunk_end #0 [0:4) ok
chunk_start #1 [4:8)
chunk_end #1 [4:8) ok
chunk_start #2 [8:10)
chunk_end #2 [8:10) ok
worker_end worker=0
run_end "job" ok done=10/10 chunks=3`},
		{"error", func() error { return errBoom }, nil, `
run_start "job" items=10 workers=1
worker_start worker=0
chunk_start #0 [0:4)
chunk_end #0 [0:4) ok
chunk_start #1 [4:8)
item_failure #1 item 5 error "item 5: boom"
chunk_end #1 [4:8) error done=2 failed=1 "item 5: boom"
worker_end worker=0
run_end "job" error done=6/10 failed=1 chunks=2 chunks_failed=1 "job: 1 of 10 items failed: item 5: boom"`},
		{"panic, going on", func() error { panic("bang") }, []core.Option{core.WithContinueOnError()}, `
run_start "job" items=10 workers=1
worker_start worker=0
chunk_start #0 [0:4)
chunk_end #0 [0:4) ok
chunk_start #1 [4:8)
item_failure #1 item 5 panic "item 5: panic: bang"
chunk_end #1 [4:8) panic failed=1 "item 5: panic: bang"
chunk_start #2 [8:10)
chunk_end #2 [8:10) ok
worker_end worker=0
run_end "job" panic done=10/10 failed=1 chunks=3 chunks_failed=1 "job: 1 of 10 items failed: item 5: panic: bang"`},
		{"goexit", func() error { runtime.Goexit(); return nil }, nil, `
run_start "job" items=10 workers=1
worker_start worker=0
chunk_start #0 [0:4)
chunk_end #0 [0:4) ok
chunk_start #1 [4:8)
item_failure #1 item 5 panic "item 5: core: the function called runtime.Goexit"
chunk_end #1 [4:8) panic done=2 failed=1 "item 5: core: the function called runtime.Goexit"
worker_end worker=0
run_end "job" panic done=6/10 failed=1 chunks=2 chunks_failed=1 "job: 1 of 10 items failed: item 5: core: the function called runtime.Goexit"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := record(t, 1, failAt(5, tt.how), tt.opts...)
			if got := "\n" + strings.Join(rec.Lines(), "\n"); got != tt.want {
				t.Errorf("got:%s\nwant:%s", got, tt.want)
			}
			wantPaired(t, rec)
		})
	}
}

func TestLinesWithEightWorkers(t *testing.T) {
	var want []string
	for i := range 20 {
		rec := hooktest.NewRecorder()
		exec := core.NewExecutor(core.WithName("job"), core.WithWorkers(8), core.WithChunkSize(1), core.WithContinueOnError())
		exec.Register(rec)
		_, err := core.Map(t.Context(), exec, make([]int, 100), func(context.Context, int) (int, error) { return 0, errBoom })
		if err == nil {
			t.Fatal("the run should fail")
		}
		got := slices.Sorted(slices.Values(rec.Lines()))
		// A chunk's start, failure and end each, a worker's start and end, the run's.
		if len(got) != 3*100+2*8+2 {
			t.Errorf("%d lines", len(got))
		}
		if i == 0 {
			want = got
		}
		// The run's error keeps the failures that came first, by chance.
		if !slices.Equal(withoutRunEnd(got), withoutRunEnd(want)) {
			t.Fatalf("run %d differs:\n%s", i, strings.Join(got, "\n"))
		}
		wantPaired(t, rec)
	}
}

func withoutRunEnd(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.HasPrefix(l, "run_end") })
}

func TestCanceledRunsArePaired(t *testing.T) {
	for _, workers := range []int{1, 8} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			rec := hooktest.NewRecorder()
			exec := core.NewExecutor(core.WithWorkers(workers), core.WithChunkSize(1))
			exec.Register(rec)
			for range 2 { // canceled during the run, and before it
				_ = core.ForEach(ctx, exec, make([]int, 50), func(context.Context, int) error {
					cancel()
					return nil
				})
			}
			ends := hooktest.Of[core.RunEnd](rec)
			if len(ends) != 2 || ends[0].Outcome != core.OutcomeCanceled || ends[1].Outcome != core.OutcomeCanceled || ends[1].Chunks != 0 {
				t.Errorf("run ends %v", ends)
			}
			wantPaired(t, rec)
		})
	}
}

func TestOfAndEvents(t *testing.T) {
	rec := record(t, 1, failAt(5, func() error { return errBoom }), core.WithContinueOnError())
	if ends := hooktest.Of[core.ChunkEnd](rec); len(ends) != 3 || ends[1].ItemsFailed != 1 {
		t.Errorf("chunk ends %v", ends)
	}
	if failures := hooktest.Of[core.ItemFailure](rec); len(failures) != 1 || !errors.Is(failures[0].Err, errBoom) {
		t.Errorf("item failures %v", failures)
	}
	progress := hooktest.Of[core.Progress](rec)
	if len(progress) == 0 || progress[len(progress)-1].ItemsDone != 10 {
		t.Errorf("progress %v", progress)
	}
	events := rec.Events()
	first := events[0]
	if first.Moment != core.MomentRunStart || first.Executor != "job" || first.RunID == "" || first.RunID != events[len(events)-1].RunID {
		t.Errorf("first event %#v", first)
	}
	events[0] = hooktest.Event{} // the caller's own slice
	if rec.Events()[0].Moment != core.MomentRunStart {
		t.Error("Events returns the recorder's own slice")
	}
}

func wantPaired(t *testing.T, rec *hooktest.Recorder) {
	t.Helper()
	if wrong := rec.Unpaired(); wrong != nil {
		t.Errorf("unpaired:\n%s", strings.Join(wrong, "\n"))
	}
}
