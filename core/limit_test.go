package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// failEvery returns a processFunc whose every n-th item fails, the first one included.
func failEvery(n int) processFunc {
	return func(ctx context.Context, lo, hi int) ([]int, error) {
		for i := lo; i < hi; i++ {
			if i%n == 0 {
				return nil, errBoom
			}
		}
		return square(ctx, lo, hi)
	}
}

// runLimited runs a form on one worker, and returns the end of the run too.
func runLimited(t *testing.T, form runForm, w workload, opts ...core.Option) (formResult, core.RunEnd) {
	t.Helper()
	w.workers, w.continueOnError = 1, true
	e, rec := w.executor(opts...), hooktest.NewRecorder()
	e.Register(rec)
	result := form.run(t.Context(), e, w)
	return result, onlyOne[core.RunEnd](t, rec)
}

// The failure that passes the limit stops the run, in all forms but the caller's own
// loop, for which the limit decides the outcome only.
func TestMaxFailedItems(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			const n, limit = 60, 6
			result, end := runLimited(t, form, workload{items: n, process: failEvery(6)}, core.WithMaxFailedItems(limit))
			failed, done := limit+1, 6*limit+1
			if form.perChunk {
				failed, done = 9, 15 // whole chunks of 3 items
			}
			if form.ownLoop {
				failed, done = 30, n
			}
			if form.name == "StreamChunks" { // whose chunks depend on the source's speed
				failed, done = max(limit+1, min(end.ItemsFailed, failed)), end.ItemsDone
			}
			if end.Outcome != core.OutcomeError || end.ItemsFailed != failed || end.ItemsDone != done {
				t.Errorf("%v with %d of %d items failed, want %d of %d", end.Outcome, end.ItemsFailed, end.ItemsDone, failed, done)
			}
			if text := end.Err.Error(); !strings.Contains(text, " items failed, more than the 6 tolerated: ") || core.IsPartial(end.Err) {
				t.Errorf("the error is %v", text)
			}
			if !form.ownLoop && result.err != end.Err {
				t.Errorf("the caller got %v", result.err)
			}
			if inPlace := slices.ContainsFunc(result.errs, func(err error) bool { return err != nil }); form.stream != inPlace {
				t.Errorf("the stream yielded %v", result.errs)
			}
		})
	}
}

// A ratio refers to the total, so that a run goes on up to the failure with which the
// end can no longer be met. It is exact at the border.
func TestMaxFailedRatio(t *testing.T) {
	for _, test := range []struct {
		items, failed int
		ratio         float64
		want          core.Outcome
	}{
		{1000, 4, 0.01, core.OutcomePartial},
		{1000, 10, 0.01, core.OutcomePartial},
		{1000, 11, 0.01, core.OutcomeError},
		{100, 29, 0.29, core.OutcomePartial}, // 0.29*100 < 29
		{100, 30, 0.29, core.OutcomeError},
		{10, 1, 0.05, core.OutcomeError},
		{10, 10, 1, core.OutcomePartial},
		{10, 0, 0.5, core.OutcomeOK},
	} {
		for _, form := range runForms() {
			if form.perChunk {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d of %d at %v", form.name, test.failed, test.items, test.ratio), func(t *testing.T) {
				process := func(ctx context.Context, lo, hi int) ([]int, error) {
					if lo < test.failed {
						return nil, errBoom
					}
					return square(ctx, lo, hi)
				}
				result, end := runLimited(t, form, workload{items: test.items, process: process}, core.WithMaxFailedRatio(test.ratio))
				failed, done := test.failed, test.items
				if test.want == core.OutcomeError && !form.stream {
					done = failed // the last of these stopped it
				}
				if end.Outcome != test.want || end.ItemsFailed != failed || end.ItemsDone != done {
					t.Errorf("%v, %d of %d items failed; want %v, %d of %d", end.Outcome, end.ItemsFailed, end.ItemsDone, test.want, failed, done)
				}
				wantErr := test.want == core.OutcomeError || test.want == core.OutcomePartial && !form.stream
				if (result.err != nil) != wantErr || core.IsPartial(result.err) != (wantErr && test.want == core.OutcomePartial) {
					t.Errorf("the caller got %v", result.err)
				}
				if test.want == core.OutcomeError && !strings.Contains(result.err.Error(), fmt.Sprintf(", more than the %.0f%% tolerated: ", 100*test.ratio)) {
					t.Errorf("the error is %v", result.err)
				}
			})
		}
	}
}

// In a stream a ratio says nothing before 1,000 items are done. Then it stops the run
// at once, also if no further item fails.
func TestMaxFailedRatioOfAStream(t *testing.T) {
	for _, test := range []struct {
		first, failed, done int // the first failing item, and how many fail
		want                core.Outcome
	}{
		{0, 10, 5000, core.OutcomePartial},
		{0, 11, 1000, core.OutcomeError},
		{0, 500, 1000, core.OutcomeError},
		{999, 50, 1010, core.OutcomeError}, // the eleventh
		{2000, 20, 5000, core.OutcomePartial},
		{2000, 60, 2021, core.OutcomeError},
	} {
		for _, size := range []int{1, 10} {
			t.Run(fmt.Sprintf("%d from %d, chunks of %d", test.failed, test.first, size), func(t *testing.T) {
				e := core.NewExecutor(core.WithName("job"), core.WithWorkers(1), core.WithChunkSize(size), core.WithMaxFailedRatio(0.01))
				var end core.RunEnd
				e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }))
				src := core.FromSeq(slices.Values(indexes(5000)))
				var last error
				for _, err := range core.Stream(t.Context(), e, src, func(_ context.Context, i int) (int, error) {
					if test.first <= i && i < test.first+test.failed {
						return 0, errBoom
					}
					return valueOf(i), nil
				}) {
					last = err
				}
				// A look at the end of a chunk comes up to a chunk later.
				if end.Outcome != test.want || end.ItemsDone < test.done || end.ItemsDone >= test.done+size {
					t.Errorf("%v after %d items, %d failed; want %v after %d", end.Outcome, end.ItemsDone, end.ItemsFailed, test.want, test.done)
				}
				if _, isRun := errors.AsType[*core.RunError](last); isRun != (test.want == core.OutcomeError) {
					t.Errorf("the stream ended with %v", last)
				}
			})
		}
	}
}

// The limit that is passed first stops the run, and 0 tolerates nothing.
func TestBothLimits(t *testing.T) {
	form := runForms()[0]
	for _, test := range []struct {
		items  int
		ratio  float64
		failed int
	}{{3, 0.5, 4}, {50, 0.02, 3}, {0, 0.5, 1}, {5, 0, 1}} {
		_, end := runLimited(t, form, workload{items: 100, process: failEvery(2)},
			core.WithMaxFailedItems(test.items), core.WithMaxFailedRatio(test.ratio))
		if end.Outcome != core.OutcomeError || end.ItemsFailed != test.failed {
			t.Errorf("limits %d and %v: %v with %d failed, want %d", test.items, test.ratio, end.Outcome, end.ItemsFailed, test.failed)
		}
	}
}

// A limit of 0 is fail-fast in all forms: a stream has no failure in place then.
func TestLimitsOfZero(t *testing.T) {
	for name, zero := range map[string]core.Option{"items": core.WithMaxFailedItems(0), "ratio": core.WithMaxFailedRatio(0)} {
		for _, form := range runForms() {
			result, end := runLimited(t, form, workload{items: 60, process: failEvery(6)}, zero)
			if end.Outcome != core.OutcomeError || !form.ownLoop && end.ItemsDone > workloadChunk || strings.Contains(end.Err.Error(), "tolerated") {
				t.Errorf("%s of %s: %v after %d items: %v", name, form.name, end.Outcome, end.ItemsDone, end.Err)
			}
			if form.stream && len(result.errs) > 0 {
				t.Errorf("%s of %s: the stream yielded %v", name, form.name, result.errs)
			}
		}
	}
}

// Items under way that fail like the one that passed the limit have failed, and are
// not taken for interrupted. Their context says why the run stops.
func TestItemsUnderWayExceedTheLimit(t *testing.T) {
	begun, passed := make(chan struct{}), make(chan struct{})
	e := core.NewExecutor(core.WithName("job"), core.WithWorkers(2), core.WithChunkSize(1), core.WithMaxFailedItems(1))
	err := core.ForEach(t.Context(), e, indexes(3), func(ctx context.Context, i int) error {
		switch i {
		case 0:
			close(begun)
			<-ctx.Done()
			if cause := context.Cause(ctx); cause.Error() != "job: more items failed than the 1 tolerated" {
				t.Errorf("the cause is %v", cause)
			}
			close(passed)
		case 2:
			<-begun
		}
		return errBoom
	})
	<-passed
	if run := mustRunError(t, err); run.Outcome != core.OutcomeError || run.ItemsFailed != 3 || run.ItemsDone != 3 {
		t.Errorf("%v with %d of %d items failed", run.Outcome, run.ItemsFailed, run.ItemsDone)
	}
}

// A limit counts panics too, but no limit makes a run with one partial.
func TestPanicsCountTowardsTheLimit(t *testing.T) {
	for limit, done := range map[int]int{1: 4, 2: 10} {
		process := func(ctx context.Context, lo, hi int) ([]int, error) {
			if lo == 1 || lo == 3 {
				panic("boom")
			}
			return square(ctx, lo, hi)
		}
		for _, form := range runForms()[:2] {
			result, end := runLimited(t, form, workload{items: 10, process: process}, core.WithMaxFailedItems(limit))
			if end.Outcome != core.OutcomePanic || end.ItemsDone != done || core.IsPartial(result.err) {
				t.Errorf("%s, limit %d: %v after %d items, %v", form.name, limit, end.Outcome, end.ItemsDone, result.err)
			}
		}
	}
}

// The end of the caller's context wins over failures within the limit.
func TestCanceledRunIsNotPartial(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	e := core.NewExecutor(core.WithWorkers(1), core.WithMaxFailedRatio(0.5))
	err := core.ForEach(ctx, e, indexes(10), func(_ context.Context, i int) error {
		if i == 3 {
			cancel(errStop)
		}
		return map[bool]error{true: errBoom}[i == 0]
	})
	if run := mustRunError(t, err); run.Outcome != core.OutcomeCanceled || run.ItemsFailed != 1 || core.IsPartial(err) {
		t.Errorf("%v with %d failed: %v", run.Outcome, run.ItemsFailed, err)
	}
}

// A loop of the caller's is partial only if it went through everything, and if its
// failures are of items.
func TestLimitsOfOwnLoops(t *testing.T) {
	fail := func(context.Context) error { return errBoom }
	good := func(context.Context) error { return nil }
	for _, test := range []struct {
		name  string
		items int
		loop  func(ctx context.Context, run *core.Run) error
		want  core.Outcome
	}{
		{"within", 20, func(ctx context.Context, run *core.Run) error {
			_, _ = run.Chunk(ctx, 1, fail), run.Chunk(ctx, 19, good)
			return nil
		}, core.OutcomePartial},
		{"beyond", 19, func(ctx context.Context, run *core.Run) error {
			_, _ = run.Chunk(ctx, 1, fail), run.Chunk(ctx, 18, good)
			return nil
		}, core.OutcomeError},
		{"unknown total", -1, func(ctx context.Context, run *core.Run) error {
			_, _ = run.Chunk(ctx, 5, fail), run.Chunk(ctx, 95, good)
			return nil
		}, core.OutcomePartial},
		{"incomplete", 20, func(ctx context.Context, run *core.Run) error {
			_, _ = run.Chunk(ctx, 1, fail), run.Chunk(ctx, 18, good)
			return nil
		}, core.OutcomeError},
		{"an error of the loop", 20, func(ctx context.Context, run *core.Run) error {
			_, _ = run.Chunk(ctx, 1, fail), run.Chunk(ctx, 19, good)
			return errBoom
		}, core.OutcomeError},
		{"stopped", 20, func(ctx context.Context, run *core.Run) error {
			_ = run.Chunk(ctx, 1, fail)
			return core.ErrStopped
		}, core.OutcomeCanceled},
		{"a chunk without items", 20, func(ctx context.Context, run *core.Run) error {
			_, _ = run.Chunk(ctx, 0, fail), run.Chunk(ctx, 20, good)
			return nil
		}, core.OutcomeError},
		{"an interrupted chunk", -1, func(ctx context.Context, run *core.Run) error {
			_, _ = run.Chunk(ctx, 1, fail), run.Chunk(ctx, 99, good)
			ctx, cancel := context.WithCancel(ctx)
			_ = run.Chunk(ctx, 1, func(ctx context.Context) error { cancel(); return ctx.Err() })
			return nil
		}, core.OutcomeError},
	} {
		e := core.NewExecutor(core.WithMaxFailedRatio(0.05))
		var end core.RunEnd
		e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }))
		ctx, run := e.Start(t.Context(), test.items)
		run.End(test.loop(ctx, run))
		if end.Outcome != test.want || core.IsPartial(end.Err) != (test.want == core.OutcomePartial) {
			t.Errorf("%s: %v with %v, want %v", test.name, end.Outcome, end.Err, test.want)
		}
	}
}

// A group ends as an errgroup does. The limit decides the outcome of its run.
func TestLimitOfAGroup(t *testing.T) {
	for limit, want := range map[int]core.Outcome{1: core.OutcomePartial, 0: core.OutcomeError} {
		e := core.NewExecutor(core.WithMaxFailedItems(limit))
		var end core.RunEnd
		e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }))
		g, _ := core.NewGroup(t.Context(), e)
		for i := range 3 {
			g.Go(func() error { return map[bool]error{true: errBoom}[i == 0] })
		}
		if err := g.Wait(); err != errBoom || end.Outcome != want || end.ItemsDone != 3 {
			t.Errorf("limit %d: %v after %d functions, Wait returned %v", limit, end.Outcome, end.ItemsDone, err)
		}
	}
}

func TestIsPartial(t *testing.T) {
	e := core.NewExecutor(core.WithMaxFailedItems(1))
	run := func(e *core.Executor, err error) error {
		return core.ForEach(t.Context(), e, indexes(2), func(_ context.Context, i int) error {
			if i == 0 {
				return err
			}
			return nil
		})
	}
	partial, failed := run(e, errBoom), run(core.NewExecutor(), errBoom)
	for _, test := range []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"another error", errBoom, false},
		{"no error of a run", (*core.RunError)(nil), false},
		{"a partial run", partial, true},
		{"a failed run", failed, false},
		{"wrapped", fmt.Errorf("import: %w", partial), true},
		{"two partial runs", errors.Join(partial, partial), true},
		{"a partial and a failed run", errors.Join(partial, failed), false},
		{"a partial run and another error", errors.Join(partial, errBoom), false},
		{"a failed run of partial ones", run(core.NewExecutor(), partial), false},
		{"a partial run of failed ones", run(e, failed), true},
	} {
		if got := core.IsPartial(test.err); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if core.OutcomePartial.Failed() || core.OutcomePartial.String() != "partial" {
		t.Errorf("the outcome is %v, failed %v", core.OutcomePartial, core.OutcomePartial.Failed())
	}
}
