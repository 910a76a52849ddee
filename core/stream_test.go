package core_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// streamResult is one result of a stream.
type streamResult struct {
	value int
	err   error
}

// streamForm is Stream or StreamChunks, with a uniform signature.
type streamForm = func(context.Context, *core.Executor, iter.Seq2[int, error], processFunc) iter.Seq2[int, error]

var streamForms = map[string]streamForm{
	"Stream": func(ctx context.Context, e *core.Executor, src iter.Seq2[int, error], process processFunc) iter.Seq2[int, error] {
		return core.Stream(ctx, e, src, func(ctx context.Context, i int) (int, error) { return singleResult(process(ctx, i, i+1)) })
	},
	"StreamChunks": func(ctx context.Context, e *core.Executor, src iter.Seq2[int, error], process processFunc) iter.Seq2[int, error] {
		return core.StreamChunks(ctx, e, src, func(ctx context.Context, in []int) ([]int, error) {
			return process(ctx, in[0], in[0]+len(in))
		})
	},
}

// countTo returns a source of n items and, if err is not nil, of an error at the end.
func countTo(n int, err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(-1, err)
		}
	}
}

// streamTest is a test of one form.
type streamTest struct {
	*testing.T
	form streamForm
}

// eachStreamForm runs a test for both forms, with a fake clock.
func eachStreamForm(t *testing.T, test func(t streamTest)) {
	t.Helper()
	for name, form := range streamForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(streamTest{t, form}) })
		})
	}
}

func newStreamExecutor(rec *hooktest.Recorder, opts ...core.Option) *core.Executor {
	e := core.NewExecutor(append([]core.Option{core.WithWorkers(3), core.WithChunkSize(4)}, opts...)...)
	if rec != nil {
		e.Register(rec)
	}
	return e
}

// collectStream returns all results of a stream.
func collectStream(seq iter.Seq2[int, error]) []streamResult {
	var all []streamResult
	for v, err := range seq {
		all = append(all, streamResult{v, err})
	}
	return all
}

// checkPrefix checks that there are n right results. If failed is set, a zero value with
// an error must follow, which it returns.
func checkPrefix(t *testing.T, all []streamResult, n int, failed bool) error {
	t.Helper()
	for i, p := range all[:min(n, len(all))] {
		if p.value != valueOf(i) || p.err != nil {
			t.Fatalf("result %d is %v, %v", i, p.value, p.err)
		}
	}
	if !failed {
		if len(all) != n {
			t.Fatalf("%d results, want %d: %v", len(all), n, all)
		}
		return nil
	}
	if len(all) != n+1 || all[n].value != 0 || all[n].err == nil {
		t.Fatalf("%d results, want %d and then an error with a zero value: %v", len(all), n, all[min(n, len(all)):])
	}
	return all[n].err
}

// TestStreamOrder has chunks finish in any order.
func TestStreamOrder(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		for _, size := range []int{1, 2, 7, 1000} {
			e := newStreamExecutor(nil, core.WithWorkers(5), core.WithChunkSize(size))
			all := collectStream(t.form(t.Context(), e, countTo(100, nil), func(ctx context.Context, lo, hi int) ([]int, error) {
				time.Sleep(time.Duration(lo*7919%31) * time.Millisecond)
				return square(ctx, lo, hi)
			}))
			_ = checkPrefix(t.T, all, 100, false)
		}
	})
}

// TestStreamFailsFast gets the results before the item that fails, and then one error.
func TestStreamFailsFast(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		const bad = 41
		e := newStreamExecutor(nil, core.WithChunkSize(1))
		all := collectStream(t.form(t.Context(), e, countTo(100, nil), func(ctx context.Context, lo, hi int) ([]int, error) {
			if lo == bad {
				time.Sleep(time.Millisecond) // until those before are through
				return nil, errBoom
			}
			return square(ctx, lo, hi)
		}))
		run := mustRunError(t.T, checkPrefix(t.T, all, bad, true))
		if run.ItemsFailed != 1 || !errors.Is(run, errBoom) || run.Outcome != core.OutcomeError || errors.Is(run, context.Canceled) {
			t.Errorf("%#v", run)
		}
	})
}

// TestStreamGoesOn has every tenth call fail, in its place.
func TestStreamGoesOn(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		rec := hooktest.NewRecorder()
		e := newStreamExecutor(rec, core.WithContinueOnError())
		next, failed := 0, 0
		for v, err := range t.form(t.Context(), e, countTo(200, nil), func(ctx context.Context, lo, hi int) ([]int, error) {
			if lo%10 == 0 {
				return nil, errBoom
			}
			return square(ctx, lo, hi)
		}) {
			switch {
			case err == nil && v == valueOf(next):
				next++
				continue
			case err == nil || v != 0 || !errors.Is(err, errBoom) || next%10 != 0:
				t.Fatalf("result %d is %d, %v", next, v, err)
			}
			part := failedRange(err)
			if part.lo != next {
				t.Fatalf("the error %v stands at %d", err, next)
			}
			failed += part.hi - part.lo
			next = part.hi
		}
		end := onlyOne[core.RunEnd](t.T, rec)
		if next != 200 || end.ItemsFailed != failed || failed == 0 || end.Outcome != core.OutcomeError || !errors.Is(end.Err, errBoom) {
			t.Errorf("%d results, %d failed; the run's end: %+v", next, failed, end)
		}
	})
}

// TestStreamPartialChunk has a source that waits after each item for its result, so
// that chunks are never full: they have to linger for less.
func TestStreamPartialChunk(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		out := make(chan struct{})
		src := func(yield func(int, error) bool) {
			for i := range 10 {
				if !yield(i, nil) {
					return
				}
				<-out
			}
		}
		next := 0
		for v, err := range t.form(t.Context(), newStreamExecutor(nil, core.WithChunkSize(100), core.WithLinger(time.Second)), src, square) {
			if err != nil || v != valueOf(next) {
				t.Errorf("result %d is %d, %v", next, v, err)
			}
			next++
			out <- struct{}{}
		}
		if next != 10 {
			t.Errorf("%d results", next)
		}
	})
}

// TestStreamTwice ranges over one stream twice.
func TestStreamTwice(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		rec := hooktest.NewRecorder()
		seq := t.form(t.Context(), newStreamExecutor(rec), countTo(20, nil), square)
		for range 2 {
			_ = checkPrefix(t.T, collectStream(seq), 20, false)
		}
		starts := hooktest.Of[core.RunStart](rec)
		if len(starts) != 2 || starts[0].RunID == starts[1].RunID {
			t.Errorf("runs: %+v", starts)
		}
		checkPairs(t.T, rec, 3)
	})
}
