package core_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestUserCodeFaults has a subtest for each thing that user code and its
// context can do. Two are not here, because nothing in the process can help:
// goroutines that outlive the function which started them are the user's own,
// and what the Go runtime calls a fatal error ends the process; child processes
// are the answer to that (see core/remote).
func TestUserCodeFaults(t *testing.T) {
	t.Run("panics", testUserPanics)
	t.Run("Goexit", testUserGoexits)
	t.Run("panics with a value whose Error or String panics", testUserPanicsTwice)
	t.Run("ignores ctx", func(t *testing.T) { synctest.Test(t, testUserIgnoresContext) })
	t.Run("huge result or huge error text", testUserHuge)
	t.Run("retains or appends to the input chunk", testUserAppends)
	t.Run("ctx cancelled before start", testCancelBefore)
	t.Run("ctx cancelled during", testCancelDuring)
	t.Run("ctx cancelled at the end", testCancelAtTheEnd)
	t.Run("deadline in the past or a custom cause", testDeadlines)
	t.Run("makes contexts with timeouts", testUserMakesContexts)
}

// deep panics under more stack than is kept.
func deep(levels int, value any) int {
	if levels == 0 {
		panic(value)
	}
	return deep(levels-1, value) + 1
}

func testUserPanics(t *testing.T) {
	wrapped := fmt.Errorf("wrapped: %w", errBoom)
	for _, workers := range []int{1, 8} {
		for _, keepGoing := range []bool{false, true} {
			t.Run(fmt.Sprintf("workers=%d/continue=%v", workers, keepGoing), func(t *testing.T) {
				rec := hooktest.NewRecorder()
				w := workload{items: 40, workers: workers, continueOnError: keepGoing}
				e := w.executor()
				e.Register(rec)
				values := []any{"text", 42, wrapped, nil, strings.Repeat("é", 1<<20)}
				_, err := core.Map(t.Context(), e, indexes(w.items), func(_ context.Context, i int) (int, error) {
					if i < len(values) {
						deep(200, values[i])
					}
					return valueOf(i), nil
				})
				failed := mustRunError(t, err)
				if keepGoing && (failed.ItemsFailed != len(values) || !errors.Is(err, errBoom)) {
					t.Errorf("%d items failed: %v", failed.ItemsFailed, err)
				}
				for _, err := range failed.Errors {
					item, _ := errors.AsType[*core.ItemError](err)
					thrown, ok := errors.AsType[*core.PanicError](err)
					if !ok || item == nil {
						t.Fatalf("%T: %v", err, err)
					}
					want := values[item.Index]
					if _, isNil := thrown.Value.(*runtime.PanicNilError); thrown.Value != want && (want != nil || !isNil) {
						t.Errorf("item %d panicked with %.50v, want %.50v", item.Index, thrown.Value, want)
					}
					if len(thrown.Stack) == 0 || len(thrown.Stack) > 8<<10 || !strings.Contains(string(thrown.Stack), "core_test.deep") {
						t.Errorf("the stack has %d bytes: %.200s", len(thrown.Stack), thrown.Stack)
					}
					if text := err.Error(); len(text) > 1<<10+64 || strings.Contains(text, "goroutine") || !strings.HasPrefix(text, "item ") {
						t.Errorf("the text has %d bytes: %.200s", len(text), text)
					}
				}
				checkPairs(t, rec, workers)
			})
		}
	}
}

func testUserGoexits(t *testing.T) {
	t.Run("one of eight", func(t *testing.T) {
		for _, workers := range []int{1, 2, 8} {
			e := core.NewExecutor(core.WithWorkers(workers), core.WithContinueOnError())
			out, err := core.Map(t.Context(), e, indexes(8), func(_ context.Context, i int) (int, error) {
				if i == 3 {
					runtime.Goexit()
				}
				return valueOf(i), nil
			})
			failed := mustRunError(t, err)
			if !errors.Is(err, core.ErrGoexit) || failed.ItemsFailed != 1 || !failed.Failed(3) {
				t.Errorf("%d workers: %v", workers, err)
			}
			for i, v := range out {
				if i != 3 && (v != valueOf(i) || failed.Failed(i) || failed.Unfinished(i)) {
					t.Errorf("%d workers: item %d is lost", workers, i)
				}
			}
		}
	})
	t.Run("all items, one worker", func(t *testing.T) {
		const n = 50
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1), core.WithContinueOnError())
		e.Register(rec)
		err := core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { runtime.Goexit(); return nil })
		if failed := mustRunError(t, err); failed.ItemsFailed != n || failed.ItemsDone != n || failed.Outcome != core.OutcomePanic {
			t.Errorf("%d items failed, outcome %v", failed.ItemsFailed, failed.Outcome)
		}
		checkPairs(t, rec, 1)
		for _, f := range hooktest.Of[core.ItemFailure](rec) {
			if f.Worker != 0 || f.Outcome != core.OutcomePanic || !errors.Is(f.Err, core.ErrGoexit) {
				t.Errorf("failure %+v", f)
			}
		}
	})
	t.Run("after a deferred recover", func(t *testing.T) {
		e := core.NewExecutor(core.WithWorkers(1), core.WithContinueOnError())
		out, err := core.Map(t.Context(), e, indexes(3), func(_ context.Context, i int) (int, error) {
			if i == 1 {
				defer func() { _ = recover() }() // finds nothing: it is no panic
				runtime.Goexit()
			}
			return valueOf(i), nil
		})
		if !errors.Is(err, core.ErrGoexit) || out[2] != valueOf(2) {
			t.Errorf("%v, %v", out, err)
		}
	})
}

// rude is a value whose methods panic.
type panickingValue struct{}

func (panickingValue) Error() string  { panic("Error") }
func (panickingValue) String() string { panic("String") }

func testUserPanicsTwice(t *testing.T) {
	for _, form := range runForms() {
		if form.ownLoop {
			continue // its panics go on to the caller
		}
		for _, panics := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/panics=%v", form.name, panics), func(t *testing.T) {
				rec := hooktest.NewRecorder()
				w := workload{items: 4, workers: 2}
				w.process = func(context.Context, int, int) ([]int, error) {
					if panics {
						panic(panickingValue{})
					}
					return nil, panickingValue{}
				}
				e := w.executor()
				e.Register(rec)
				result := form.run(t.Context(), e, w)
				if _, ok := errors.AsType[panickingValue](mustRunError(t, result.err)); !ok {
					t.Error("the value is lost")
				}
				if text := result.err.Error(); !strings.Contains(text, "PANIC") || len(text) > 1<<11 {
					t.Errorf("text %q", text)
				}
				checkPairs(t, rec, 2)
			})
		}
	}
}

func testUserIgnoresContext(t *testing.T) {
	const slow = time.Hour
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errStop)
	defer cancel()
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1))
	e.Register(rec)
	began := time.Now()
	out, err := core.Map(ctx, e, indexes(6), func(_ context.Context, i int) (int, error) {
		time.Sleep(slow) // and is not stuck for that: it is not a hook
		return valueOf(i), nil
	})
	if took := time.Since(began); took != slow {
		t.Errorf("the run took %v, want as long as its function: %v", took, slow)
	}
	failed := mustRunError(t, err)
	if failed.ItemsDone != 2 || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errStop) {
		t.Errorf("%d items, %v", failed.ItemsDone, err)
	}
	for i, v := range out {
		if unfinished := i >= 2; failed.Unfinished(i) != unfinished || (v == 0) != unfinished {
			t.Errorf("item %d: %d, unfinished %v", i, v, failed.Unfinished(i))
		}
	}
	if faults := hooktest.Of[core.Fault](rec); len(faults) > 0 {
		t.Errorf("faults %+v", faults)
	}
}

// longError counts how often its long text is made.
type longError struct{ calls *atomic.Int32 }

func (e longError) Error() string {
	e.calls.Add(1)
	return strings.Repeat("x", 10<<20)
}

func testUserHuge(t *testing.T) {
	big := make([]byte, 1<<20)
	var calls atomic.Int32
	e := core.NewExecutor(core.WithWorkers(2), core.WithContinueOnError())
	e.Register(hooktest.NewRecorder())
	out, err := core.Map(t.Context(), e, indexes(8), func(_ context.Context, i int) ([]byte, error) {
		switch i {
		case 3:
			return nil, longError{&calls}
		case 4:
			panic(longError{&calls})
		}
		return big, nil
	})
	if &out[0][0] != &big[0] {
		t.Error("the result was copied")
	}
	if failed := mustRunError(t, err); failed.ItemsFailed != 2 || calls.Load() != 0 {
		t.Errorf("%d items failed; nobody asked for the text, and it was made %d times", failed.ItemsFailed, calls.Load())
	}
	if thrown, ok := errors.AsType[*core.PanicError](err); !ok || len(thrown.Error()) > 1<<10+64 {
		t.Errorf("the text of a panic is too long")
	}
}

func testUserAppends(t *testing.T) {
	const n = 10
	check := func(t *testing.T, in []int) {
		t.Helper()
		if cap(in) != len(in) {
			t.Errorf("a chunk of %d items has room for %d", len(in), cap(in))
		}
		_ = append(in, -1, -1, -1)
	}
	e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(3))
	t.Run("MapChunks", func(t *testing.T) {
		items := indexes(n)
		out, err := core.MapChunks(t.Context(), e, items, func(_ context.Context, in []int) ([]int, error) {
			check(t, in)
			return slices.Clone(in), nil
		})
		if err != nil || !slices.Equal(items, indexes(n)) || !slices.Equal(out, indexes(n)) {
			t.Errorf("items %v, results %v, %v", items, out, err)
		}
	})
	t.Run("ForEachChunk", func(t *testing.T) {
		items := indexes(n)
		err := core.ForEachChunk(t.Context(), e, items, func(_ context.Context, in []int) error {
			check(t, in)
			return nil
		})
		if err != nil || !slices.Equal(items, indexes(n)) {
			t.Errorf("items %v, %v", items, err)
		}
	})
	t.Run("StreamChunks", func(t *testing.T) {
		const many = 300 // chunks are made anew, or they would not stay what they were
		var mu sync.Mutex
		var kept [][]int
		src := core.FromSeq(slices.Values(indexes(many)))
		next := 0
		for v, err := range core.StreamChunks(t.Context(), e, src, func(_ context.Context, in []int) ([]int, error) {
			check(t, in)
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, in)
			return in, nil
		}) {
			if err != nil || v != next {
				t.Fatalf("got (%d, %v), want %d", v, err, next)
			}
			next++
		}
		all := slices.Concat(kept...)
		slices.Sort(all)
		if !slices.Equal(all, indexes(many)) {
			t.Errorf("the chunks that were kept hold %v", all)
		}
	})
}

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

// honest reports whether a run that was cancelled says truly whether items are
// missing. Where a source ends after the context did, nobody knows whether
// that is why it ended: its run counts as cancelled.
func (form runForm) reportsTruly(missing int, err error) bool {
	return (missing > 0) == (err != nil) || form.stream && err != nil
}

// testCancelDuring cancels inside each item in turn, and inside none.
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
	// A worker may have looked just before.
	if int(late.Load()) > workers-1 {
		t.Errorf("cancelled in item %d: %d chunks started later", k, late.Load())
	}
	end := onlyOne[core.RunEnd](t, rec)
	if !form.ownLoop && result.err != end.Err { // the very same
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
	for i, f := range items.states {
		if !form.stream && !form.ownLoop && failed.Unfinished(i) != (f == itemUnfinished) {
			t.Errorf("cancelled in item %d: item %d has fate %d", k, i, f)
		}
	}
}

// testCancelAtTheEnd lets a cancellation race with the last items: a run is
// either complete and has no error, or it says what is missing.
func testCancelAtTheEnd(t *testing.T) {
	const n, seeds = 8, 1000
	all := runForms()
	for seed := range seeds {
		form := all[seed%len(all)]
		random := rand.New(rand.NewPCG(uint64(seed), 1)) // a seed that a failure can name
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

// testUserMakesContexts counts goroutines: a context package that does not
// find the run's cancellation behind its values would start one per child.
func testUserMakesContexts(t *testing.T) {
	hooks := map[string]func(context.Context) context.Context{
		"no change": func(ctx context.Context) context.Context { return ctx },
		"values":    func(ctx context.Context) context.Context { return context.WithValue(ctx, contextKey("hook"), 1) },
		"cancelled": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx
		},
		"foreign": func(context.Context) context.Context {
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
					// Others of this process may come and go; a hundred do not.
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
