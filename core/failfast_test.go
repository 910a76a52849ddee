package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// A failure that stops a run cancels the items in flight. An item that returns because
// of that has not failed.
func TestFailFastCancelsItemsInFlight(t *testing.T) {
	for _, form := range runForms() {
		if form.ownLoop {
			continue // the caller's loop decides
		}
		t.Run(form.name, func(t *testing.T) {
			const n = 4 * workloadChunk
			items := newItemTracker(n)
			waiting := newBarrier(4)
			var mu sync.Mutex
			var causes []error
			w := workload{items: n, workers: 4}
			w.process = items.process(func(ctx context.Context, i, _ int) error {
				if i%workloadChunk != 0 {
					return nil
				}
				waiting.wait() // each worker has one of these items, because no chunk has two
				if i == workloadChunk {
					return errBoom
				}
				<-ctx.Done()
				mu.Lock()
				defer mu.Unlock()
				causes = append(causes, context.Cause(ctx))
				return fmt.Errorf("gave up: %w", ctx.Err())
			})
			rec := hooktest.NewRecorder()
			e := w.executor()
			e.Register(rec)
			failed := mustRunError(t, form.run(t.Context(), e, w).err)
			for i, state := range items.states {
				if !form.stream && (failed.Failed(i) != (state == itemFailed) || failed.Unfinished(i) != (state == itemUnfinished)) {
					t.Errorf("item %d has state %d", i, state)
				}
			}
			if failed.Outcome != core.OutcomeError || errors.Is(failed, context.Canceled) {
				t.Errorf("%v: %v", failed.Outcome, failed)
			}
			if len(causes) != 3 {
				t.Errorf("%d items were in flight", len(causes))
			}
			for _, cause := range causes {
				if !errors.Is(cause, errBoom) {
					t.Errorf("the cause is %v", cause)
				}
			}
			if failures := hooktest.Of[core.ItemFailure](rec); len(failures) != 1 {
				t.Errorf("%d failures were reported, want 1", len(failures))
			}
		})
	}
}

// After a failure no item starts, even if items take nanoseconds and workers check the
// context only before every sixteenth.
func TestFailureStopsQuickItems(t *testing.T) {
	const chunk = 64
	for name, run := range map[string]func(context.Context, *core.Executor, []int, func(context.Context, int) error) error{
		"Map": func(ctx context.Context, e *core.Executor, items []int, do func(context.Context, int) error) error {
			_, err := core.Map(ctx, e, items, func(ctx context.Context, i int) (int, error) { return i, do(ctx, i) })
			return err
		},
		"ForEach": core.ForEach[int],
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				items := make([]int, 4*chunk)
				for i := range items {
					items[i] = i
				}
				started := make([]bool, len(items))
				inside := make(chan struct{})
				err := run(t.Context(), core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(chunk)), items, func(ctx context.Context, i int) error {
					started[i] = true
					switch i {
					case 0, chunk:
						time.Sleep(time.Nanosecond) // so that the first chunk of each worker takes some time
					case 2*chunk + 5:
						close(inside)
						<-ctx.Done()
					case 3*chunk + 5:
						<-inside
						return errBoom
					}
					return nil
				})
				if failed := mustRunError(t, err); failed.ItemsFailed != 1 {
					t.Errorf("%d items failed, want 1", failed.ItemsFailed)
				}
				if !started[2*chunk+5] || started[2*chunk+6] {
					t.Errorf("item 5 of the third chunk started: %v, the one after it: %v; want the first only", started[2*chunk+5], started[2*chunk+6])
				}
			})
		})
	}
}

// Failed and Unfinished of runs whose results have no index.
func TestFailedAndUnfinishedWithoutResults(t *testing.T) {
	for _, form := range runForms() {
		if !form.stream && !form.ownLoop {
			continue // see TestOutcomeTable
		}
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			w := workload{items: 2 * workloadChunk, workers: 1, continueOnError: true}
			items := newItemTracker(w.items)
			w.process = items.process(func(_ context.Context, i, _ int) error {
				if i == 1 {
					return errBoom
				}
				return nil
			})
			e := w.executor()
			e.Register(rec)
			form.run(t.Context(), e, w)
			failed := mustRunError(t, onlyOne[core.RunEnd](t, rec).Err)
			for i, state := range items.states {
				if failed.Failed(i) != (state == itemFailed) || failed.Unfinished(i) {
					t.Errorf("item %d: failed %v, unfinished %v; in truth %d", i, failed.Failed(i), failed.Unfinished(i), state)
				}
			}
		})
	}
}
