package loghook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/loghook"
)

var errRow = errors.New("bad row")

// newHook returns a hook that the end of the test shuts down.
func newHook(t *testing.T, opts ...loghook.Option) *loghook.Hook {
	t.Helper()
	h, err := loghook.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	return h
}

// logger returns a logger that writes text without the time.
func logger(w *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func expect(t *testing.T, h *loghook.Hook, got *bytes.Buffer, want ...string) {
	t.Helper()
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if g, w := got.String(), strings.Join(want, "\n")+"\n"; g != w {
		t.Errorf("logged\n%swant\n%s", g, w)
	}
}

func TestConformance(t *testing.T) {
	hooktest.Conformance(t, func() core.Hook {
		return newHook(t, loghook.WithLogger(slog.New(slog.DiscardHandler)), loghook.WithProgress(time.Nanosecond))
	})
}

func TestRunThatSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)))
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(2), core.WithChunkSize(5))
		exec.Register(h)
		ctx := core.WithRun(t.Context(), core.RunInfo{ID: "r1", Attrs: map[string]string{"tenant": "a\nb", "date": "2026-11-25"}})
		if err := core.ForEach(ctx, exec, make([]int, 10), func(context.Context, int) error { time.Sleep(time.Second); return nil }); err != nil {
			t.Error(err)
		}
		expect(t, h, &out,
			`level=INFO msg="run started" executor=nightly run=r1 items=10 workers=2 attrs.date=2026-11-25 attrs.tenant="a b"`,
			`level=INFO msg="run ended" executor=nightly run=r1 outcome=ok items=10 items_done=10 items_failed=0 chunks=2 chunks_failed=0 duration=5s throughput=2`)
	})
}

func TestFailuresAreAggregated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)))
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(10), core.WithContinueOnError())
		exec.Register(h)
		ctx := core.WithRun(t.Context(), core.RunInfo{ID: "r1"})
		err := core.ForEach(ctx, exec, make([]int, 40), func(context.Context, int) error {
			time.Sleep(time.Second)
			return fmt.Errorf("insert: %w\x1b[2J", errRow)
		})
		if err == nil {
			t.Error("the run does not fail")
		}
		failed := func(index, chunk int) string {
			return fmt.Sprintf(`level=WARN msg="item failed" executor=nightly run=r1 index=%d chunk=%d worker=0 outcome=error type=errors.errorString error="item %d: insert: bad row[2J"`, index, chunk, index)
		}
		more := func(index, items int) string {
			return fmt.Sprintf(`level=WARN msg="more items failed" executor=nightly run=r1 type=errors.errorString error="item %d: insert: bad row[2J" items=%d`, index, items)
		}
		expect(t, h, &out,
			`level=INFO msg="run started" executor=nightly run=r1 items=40 workers=1`,
			failed(0, 0), failed(1, 0), failed(2, 0), failed(3, 0), failed(4, 0), more(14, 10), more(24, 10), more(34, 10),
			`level=ERROR msg="run ended" executor=nightly run=r1 outcome=error items=40 items_done=40 items_failed=40 chunks=4 chunks_failed=4 duration=40s throughput=1 error="nightly: 40 of 40 items failed: item 0: insert: bad row[2J (and 39 more)"`)
	})
}

func TestFailedChunksAndCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)))
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(10))
		exec.Register(h)
		ctx := core.WithRun(t.Context(), core.RunInfo{ID: "r1"})
		_ = core.ForEachChunk(ctx, exec, make([]int, 10), func(context.Context, []int) error { panic("no") })
		canceled, cancel := context.WithCancelCause(core.WithRun(t.Context(), core.RunInfo{ID: "r2"}))
		_, _ = core.Map(canceled, exec, make([]int, 10), func(context.Context, int) (int, error) {
			time.Sleep(time.Second)
			cancel(errors.New("terminated"))
			return 0, nil
		})
		expect(t, h, &out,
			`level=INFO msg="run started" executor=nightly run=r1 items=10 workers=1`,
			`level=WARN msg="chunk failed" executor=nightly run=r1 index=0 items=10 chunk=0 worker=0 outcome=panic type=panic error="chunk 0 (10 items from 0): panic: no"`,
			`level=ERROR msg="run ended" executor=nightly run=r1 outcome=panic items=10 items_done=10 items_failed=10 chunks=1 chunks_failed=1 duration=0s throughput=1e+10 error="nightly: 10 of 10 items failed: chunk 0 (10 items from 0): panic: no"`,
			`level=INFO msg="run started" executor=nightly run=r2 items=10 workers=1`,
			`level=WARN msg="run ended" executor=nightly run=r2 outcome=canceled items=10 items_done=1 items_failed=0 chunks=1 chunks_failed=0 duration=1s throughput=1 error="nightly: canceled after 1 of 10 items: context canceled: terminated"`)
	})
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)), loghook.WithProgress(time.Minute))
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(1))
		exec.Register(h)
		ctx := core.WithRun(t.Context(), core.RunInfo{ID: "r1"})
		_ = core.ForEach(ctx, exec, make([]int, 15), func(context.Context, int) error { time.Sleep(10*time.Second + 1); return nil })
		if got := strings.Count(out.String(), "run progress"); got != 2 {
			t.Errorf("%d records of progress in 150 s", got)
		}
		seldom := core.NewExecutor(core.WithHeartbeat(time.Hour))
		seldom.Register(h)
		_ = core.ForEach(ctx, seldom, []int{0}, func(context.Context, int) error { time.Sleep(30 * time.Minute); return nil })
		if got := strings.Count(out.String(), "percent=100"); got != 0 {
			t.Errorf("progress is logged when all items are done:\n%s", out.String())
		}
		if text := out.String(); !strings.Contains(text, `msg="run progress" executor=nightly run=r1 items=15 items_done=6 items_failed=0 percent=40 chunks=6 chunks_active=1 elapsed=1m0.1s throughput=0.196 remaining_low=46s remaining_high=1m30s`) {
			t.Errorf("got %s", text)
		}
	})
}

func TestNoMonitorWithoutProgress(t *testing.T) {
	count := func(h core.Hook) (n int) {
		exec := core.NewExecutor(core.WithWorkers(1))
		exec.Register(h)
		_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error { n = runtime.NumGoroutine(); return nil })
		return n
	}
	logger := loghook.WithLogger(slog.New(slog.DiscardHandler))
	if without, with := count(newHook(t, logger)), count(newHook(t, logger, loghook.WithProgress(time.Hour))); without >= with {
		t.Errorf("%d goroutines without progress, %d with it", without, with)
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	_, err := loghook.New(loghook.WithProgress(0), nil, loghook.WithLogger(nil), loghook.WithProgress(-time.Second))
	const problem = "the interval is not positive; give a positive one, or leave the option out for no progress"
	want := "loghook: WithProgress(0s): " + problem + "\nloghook: WithProgress(-1s): " + problem
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestDefaultLogger(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	h := newHook(t, nil, loghook.WithLogger(nil))
	slog.SetDefault(logger(&out)) // after New
	exec := core.NewExecutor()
	exec.Register(h)
	_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error { return nil })
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if strings.Count(out.String(), "run ") != 2 {
		t.Errorf("the default logger got %q", out.String())
	}
}

// TestEndIsLoggedBeforeTheRunReturns reads the log without a Flush.
func TestEndIsLoggedBeforeTheRunReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)))
		exec := core.NewExecutor()
		exec.Register(h)
		began := time.Now()
		_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error { return nil })
		if took := time.Since(began); took > 0 || !strings.Contains(out.String(), "run ended") {
			t.Errorf("after %v: %q", took, out.String())
		}
	})
}

func TestLevel(t *testing.T) {
	var out bytes.Buffer
	h := newHook(t, loghook.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelError}))))
	exec := core.NewExecutor()
	exec.Register(h)
	_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error { return errRow })
	if err := h.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if text := out.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "run ended") {
		t.Errorf("at level ERROR: %q", text)
	}
	if s := h.Stats(); s.Produced != 3 || s.Delivered != 3 {
		t.Errorf("%+v", s)
	}
}

func TestRecordsHaveTheRunsContext(t *testing.T) {
	type key struct{}
	var mu sync.Mutex
	var values []any
	h := newHook(t, loghook.WithLogger(slog.New(handler(func(ctx context.Context, _ slog.Record) error {
		mu.Lock()
		defer mu.Unlock()
		values = append(values, ctx.Value(key{}), ctx.Err())
		return nil
	}))))
	exec := core.NewExecutor()
	exec.Register(h)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "trace"))
	_ = core.ForEach(ctx, exec, []int{0}, func(context.Context, int) error { cancel(); return errRow })
	if err := h.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(values); got != "[trace <nil> trace <nil> trace <nil>]" {
		t.Errorf("got %s", got)
	}
}

// TestWorkersAllocateNothing measures failures after the first ones. Chunks are
// not observed at all.
func TestWorkersAllocateNothing(t *testing.T) {
	h := newHook(t, loghook.WithLogger(slog.New(slog.DiscardHandler)))
	w := h.Unwrap().(interface {
		core.HookRunStart
		core.HookItemFailure
	})
	if _, ok := w.(core.HookChunkEnd); ok {
		t.Error("chunks are observed")
	}
	ctx := w.OnRunStart(t.Context(), core.RunStart{Items: 1})
	e := core.ItemFailure{Items: 1, Err: &core.ItemError{Err: errRow}}
	for range 10 {
		w.OnItemFailure(ctx, e)
	}
	if n := testing.AllocsPerRun(1000, func() { w.OnItemFailure(ctx, e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
