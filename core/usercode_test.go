package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestUserCodeFaults has a subtest for each thing that user code and its context can
// do. Nothing in the process can help against two more: goroutines that outlive their
// function, and fatal errors of the Go runtime, which end the process.
func TestUserCodeFaults(t *testing.T) {
	t.Run("panics", testUserPanics)
	t.Run("Goexit", testUserGoexits)
	t.Run("panics with a value whose Error or String panics", testUserPanicsTwice)
	t.Run("an error whose methods call Goexit", testUserErrorExits)
	t.Run("ignores ctx", func(t *testing.T) { synctest.Test(t, testUserIgnoresContext) })
	t.Run("huge result or huge error text", testUserHuge)
	t.Run("retains or appends to the input chunk", testUserAppends)
	t.Run("ctx cancelled before start", testCancelBefore)
	t.Run("ctx cancelled during", testCancelDuring)
	t.Run("ctx cancelled at the end", testCancelAtTheEnd)
	t.Run("deadline in the past or a custom cause", testDeadlines)
	t.Run("makes contexts with timeouts", testUserMakesContexts)
}

// deep panics with a deeper stack than is kept.
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
				defer func() { _ = recover() }() // returns nil, because Goexit is no panic
				runtime.Goexit()
			}
			return valueOf(i), nil
		})
		if !errors.Is(err, core.ErrGoexit) || out[2] != valueOf(2) {
			t.Errorf("%v, %v", out, err)
		}
	})
}

// panickingValue is a value whose methods panic.
type panickingValue struct{}

func (panickingValue) Error() string  { panic("Error") }
func (panickingValue) String() string { panic("String") }

func testUserPanicsTwice(t *testing.T) {
	for _, form := range runForms() {
		if form.ownLoop {
			continue // Run.Chunk passes its panics on to the caller
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
		time.Sleep(slow) // never reported as stuck, because it is no hook
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
