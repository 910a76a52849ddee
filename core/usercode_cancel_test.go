package core_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func testCancelBefore(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			w := workload{items: 5, workers: 2, continueOnError: true}
			w.process = func(context.Context, int, int) ([]int, error) {
				t.Error("an item ran")
				return nil, nil
			}
			e := w.executor()
			e.Register(rec)
			form.run(ctx, e, w)
			end := onlyOne[core.RunEnd](t, rec)
			if onlyOne[core.RunStart](t, rec).RunID != end.RunID || end.Chunks != 0 || end.ItemsDone != 0 || end.Outcome != core.OutcomeCanceled {
				t.Errorf("the run ended %+v", end)
			}
			if !errors.Is(end.Err, context.Canceled) || !errors.Is(end.Err, errStop) {
				t.Error(end.Err)
			}
		})
	}
}

// reportsTruly reports whether a cancelled run has an error if and only if items are
// missing. A stream whose source ended after the context may have one in any case:
// the source may have ended because of the context.
func (form runForm) reportsTruly(missing int, err error) bool {
	return (missing > 0) == (err != nil) || form.stream && err != nil
}

// testCancelDuring cancels inside each item in turn, and in no item.
func testCancelDuring(t *testing.T) {
	const n = 13
	for _, form := range runForms() {
		for _, workers := range []int{1, 2, 8} {
			t.Run(fmt.Sprintf("%s/workers=%d", form.name, workers), func(t *testing.T) {
				for k := range n + 1 {
					testCancelInside(t, form, workers, n, k)
				}
			})
		}
	}
}

func testCancelInside(t *testing.T, form runForm, workers, n, k int) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	items, rec := newItemTracker(n), hooktest.NewRecorder()
	w := workload{items: n, workers: workers}
	w.process = items.process(func(_ context.Context, i, _ int) error {
		if i == k {
			cancel(errStop)
		}
		return nil
	})
	var late atomic.Int32 // chunks that start after the cancellation
	e := w.executor()
	e.Register(rec, hookAt("late", core.MomentChunkStart, func(ctx context.Context, _ any) context.Context {
		if ctx.Err() != nil {
			late.Add(1)
		}
		return ctx
	}))
	result := form.run(ctx, e, w)
	// A worker may have checked just before.
	if int(late.Load()) > workers-1 {
		t.Errorf("cancelled in item %d: %d chunks started later", k, late.Load())
	}
	end := onlyOne[core.RunEnd](t, rec)
	if !form.ownLoop && result.err != end.Err { // identical
		t.Errorf("cancelled in item %d: the caller got %v, the hooks %v", k, result.err, end.Err)
	}
	if missing := items.count(itemUnfinished); !form.reportsTruly(missing, end.Err) || missing > 0 && k == n {
		t.Errorf("cancelled in item %d: %d items are unfinished, the error is %v", k, missing, end.Err)
	}
	if end.Err == nil {
		return
	}
	failed := mustRunError(t, end.Err)
	if !errors.Is(failed, errStop) || failed.Outcome != core.OutcomeCanceled || failed.ItemsDone != items.count(itemSucceeded) {
		t.Errorf("cancelled in item %d: %+v", k, failed)
	}
	for i, state := range items.states {
		if !form.stream && !form.ownLoop && failed.Unfinished(i) != (state == itemUnfinished) {
			t.Errorf("cancelled in item %d: item %d has state %d", k, i, state)
		}
	}
}

// testCancelAtTheEnd cancels at about the last items. A run either is complete and has
// no error, or its error says what is missing.
func testCancelAtTheEnd(t *testing.T) {
	const n, seeds = 8, 1000
	all := runForms()
	for seed := range seeds {
		form := all[seed%len(all)]
		random := rand.New(rand.NewPCG(uint64(seed), 1)) // reproducible
		ctx, cancel := context.WithCancelCause(t.Context())
		items, rec := newItemTracker(n), hooktest.NewRecorder()
		w := workload{items: n, workers: 1 + random.IntN(3)}
		spins, in := random.IntN(200), n-1-random.IntN(2)
		var cancelled sync.WaitGroup
		w.process = items.process(func(_ context.Context, i, _ int) error {
			if i == in {
				cancelled.Go(func() {
					for range spins {
						runtime.Gosched()
					}
					cancel(errStop)
				})
			}
			for range 20 {
				runtime.Gosched()
			}
			return nil
		})
		e := w.executor()
		e.Register(rec)
		result := form.run(ctx, e, w)
		cancelled.Wait()
		missing, err := items.count(itemUnfinished), onlyOne[core.RunEnd](t, rec).Err
		if !form.reportsTruly(missing, err) {
			t.Fatalf("seed %d, %s: %d items are missing, the error is %v", seed, form.name, missing, err)
		}
		if err == nil && (len(result.values) != n || result.values[n-1] != valueOf(n-1)) {
			t.Fatalf("seed %d, %s: no error, and results %v", seed, form.name, result.values)
		}
	}
}

func testDeadlines(t *testing.T) {
	past := time.Now().Add(-time.Hour)
	contexts := []struct {
		name        string
		make        func(context.Context) (context.Context, context.CancelFunc)
		err, cause  error
		textEndings string
	}{
		{
			"deadline in the past", func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithDeadline(ctx, past)
			},
			context.DeadlineExceeded, context.DeadlineExceeded, ": context deadline exceeded",
		},
		{"deadline in the past with a cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadlineCause(ctx, past, errStop)
		}, context.DeadlineExceeded, errStop, ": context deadline exceeded: stop asked for"},
		{"custom cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(errStop)
			return ctx, func() {}
		}, context.Canceled, errStop, ": context canceled: stop asked for"},
		{"no cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, context.Canceled, context.Canceled, " items: context canceled"},
	}
	for _, c := range contexts {
		for _, form := range runForms() {
			t.Run(c.name+"/"+form.name, func(t *testing.T) {
				ctx, cancel := c.make(t.Context())
				defer cancel()
				rec := hooktest.NewRecorder()
				w := workload{items: 4, workers: 2, process: square}
				e := w.executor()
				e.Register(rec)
				result := form.run(ctx, e, w)
				errs := []error{onlyOne[core.RunEnd](t, rec).Err}
				if form.ownLoop {
					for _, b := range result.failedCalls {
						if !errors.Is(b.err, c.err) || !errors.Is(b.err, c.cause) {
							t.Errorf("Chunk returned %v", b.err)
						}
					}
				} else {
					errs = append(errs, result.err)
				}
				for _, err := range errs {
					if !errors.Is(err, c.err) || !errors.Is(err, c.cause) || !strings.HasSuffix(err.Error(), c.textEndings) {
						t.Errorf("the error is %v, want one that ends %q", err, c.textEndings)
					}
				}
			})
		}
	}
}

// testUserMakesContexts counts goroutines: if package context does not find the run's
// cancellation behind the values, it starts one for each child.
func testUserMakesContexts(t *testing.T) {
	hooks := map[string]func(context.Context) context.Context{
		"no change": func(ctx context.Context) context.Context { return ctx },
		"values":    func(ctx context.Context) context.Context { return context.WithValue(ctx, contextKey("hook"), 1) },
		"cancelled": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx
		},
		"unrelated": func(context.Context) context.Context {
			return context.WithValue(context.Background(), contextKey("hook"), 1)
		},
	}
	for name, change := range hooks {
		for _, form := range runForms() {
			t.Run(name+"/"+form.name, func(t *testing.T) {
				both := &funcHook{"both", func(ctx context.Context, _ core.Moment, _ any) context.Context { return change(ctx) }}
				w := workload{items: 1, workers: 1}
				w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
					const children = 100
					before := runtime.NumGoroutine()
					for range children {
						_, cancel := context.WithTimeout(ctx, time.Hour)
						defer cancel()
					}
					// The runtime may start some of its own, but not a hundred.
					if more := runtime.NumGoroutine() - before; more >= children/2 {
						t.Errorf("%d contexts started %d goroutines", children, more)
					}
					return square(ctx, lo, hi)
				}
				e := w.executor()
				unchanged := &funcHook{"unchanged", func(ctx context.Context, _ core.Moment, _ any) context.Context { return ctx }}
				e.Register(both, unchanged)
				form.run(t.Context(), e, w)
			})
		}
	}
}
