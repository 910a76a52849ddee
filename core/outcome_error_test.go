package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// checkError checks the type, the counts and the text of the run's error.
func (c *outcomeCase) checkError(t *testing.T, err error) {
	t.Helper()
	if c.outcomeEnding.outcome == core.OutcomeOK {
		if err != nil {
			t.Errorf("a complete run returned %v", err)
		}
		return
	}
	e := mustRunError(t, err)
	done, failed := c.items.count(itemSucceeded)+c.items.count(itemFailed), c.items.count(itemFailed)
	items := len(c.items.states)
	if c.stream {
		items = -1
	}
	if e.Executor != "job" || e.RunID == "" || e.Outcome != c.runOutcome() || core.IsPartial(err) != (c.runOutcome() == core.OutcomePartial) || e.Items != items || e.ItemsDone != done || e.ItemsFailed != failed {
		t.Errorf("the error counts %+v, want %v, %d of %d items, %d failed", e, c.runOutcome(), done, items, failed)
	}
	if !c.stream && !c.ownLoop {
		for i, state := range c.items.states {
			if e.Unfinished(i) != (state == itemUnfinished) || e.Failed(i) != (state == itemFailed) {
				t.Errorf("item %d: unfinished %v, failed %v; in truth %d", i, e.Unfinished(i), e.Failed(i), state)
			}
		}
	}
	for _, outside := range []int{-1, len(c.items.states)} {
		if e.Unfinished(outside) || e.Failed(outside) {
			t.Errorf("item %d does not exist, and is unfinished or failed", outside)
		}
	}
	if got, want := e.Error(), c.wantText(e); got != want {
		t.Errorf("text %q\nwant %q", got, want)
	}
	c.checkCause(t, err)
}

// wantText returns the expected text: the executor, the counts and the cause.
func (c *outcomeCase) wantText(e *core.RunError) string {
	of := ""
	if !c.stream {
		of = fmt.Sprintf(" of %d", len(c.items.states))
	}
	if c.outcomeEnding.outcome == core.OutcomeCanceled {
		return fmt.Sprintf("job: canceled after %d%s items: context canceled: stop asked for", e.ItemsDone, of)
	}
	why := map[string]string{"error": "boom", "panic": "panic: boom", "Goexit": core.ErrGoexit.Error()}[c.endingName()]
	where := fmt.Sprintf("item %d", endingItem)
	if chunk, ok := errors.AsType[*core.ChunkError](e); ok {
		where = fmt.Sprintf("chunk %d (%d items from %d)", chunk.Chunk, chunk.Items, chunk.Offset)
	}
	tolerated := ""
	if c.runOutcome() == core.OutcomePartial {
		tolerated = ", as tolerated"
	}
	return fmt.Sprintf("job: %d%s items failed%s: %s: %s", e.ItemsFailed, of, tolerated, where, why)
}

// checkCause checks what the run's error wraps.
func (c *outcomeCase) checkCause(t *testing.T, err error) {
	t.Helper()
	item, isItem := errors.AsType[*core.ItemError](err)
	chunk, isChunk := errors.AsType[*core.ChunkError](err)
	if c.outcomeEnding.outcome == core.OutcomeCanceled {
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errStop) || isItem || isChunk {
			t.Errorf("%v: want the context's error and its cause, and nothing else", err)
		}
		return
	}
	if isChunk != c.perChunk || isItem == c.perChunk {
		t.Fatalf("%v: an ItemError %v, a ChunkError %v", err, isItem, isChunk)
	}
	if isItem && item.Index != endingItem {
		t.Errorf("item %d failed, want %d", item.Index, endingItem)
	}
	if isChunk && (!c.contains(chunk.Offset, chunk.Items) || chunk.Items != c.items.count(itemFailed)) {
		t.Errorf("%d items from %d failed, want those around %d", chunk.Items, chunk.Offset, endingItem)
	}
	thrown, isPanic := errors.AsType[*core.PanicError](err)
	if isPanic != (c.endingName() == "panic") || errors.Is(err, core.ErrGoexit) != (c.endingName() == "Goexit") {
		t.Errorf("%v: a PanicError %v", err, isPanic)
	}
	if isPanic && (thrown.Value != any(errBoom) || !bytes.Contains(thrown.Stack, []byte("core_test.outcomeEndings"))) {
		t.Errorf("panicked with %v at %s", thrown.Value, thrown.Stack)
	}
	if c.endingName() != "Goexit" && !errors.Is(err, errBoom) {
		t.Errorf("%v does not wrap what the function gave", err)
	}
	if errors.Is(err, context.Canceled) {
		t.Errorf("%v looks like a cancellation", err)
	}
}

// contains reports whether a chunk has endingItem. It is true for Start: there only the
// loop knows the items of a chunk, and the run counts them in the order of the calls.
func (c *outcomeCase) contains(offset, items int) bool {
	return c.ownLoop || offset <= endingItem && endingItem < offset+items
}

// An error keeps the first hundred failures, here in the items' order as there is one
// worker. It counts all and knows the state of each item.
func TestRunErrorKeepsTheFirst(t *testing.T) {
	const n = 1000
	e := core.NewExecutor(core.WithName("job"), core.WithWorkers(1), core.WithContinueOnError())
	err := core.ForEach(t.Context(), e, indexes(n), func(_ context.Context, i int) error {
		if i%2 == 1 {
			return errBoom
		}
		return nil
	})
	failed := mustRunError(t, err)
	if len(failed.Errors) != 100 || failed.ItemsFailed != n/2 || failed.ItemsDone != n {
		t.Errorf("%d errors kept, %d of %d items failed", len(failed.Errors), failed.ItemsFailed, failed.ItemsDone)
	}
	for k, err := range failed.Errors {
		if item, ok := errors.AsType[*core.ItemError](err); !ok || item.Index != 2*k+1 {
			t.Errorf("error %d is %v", k, err)
		}
	}
	for i := range n {
		if failed.Failed(i) != (i%2 == 1) || failed.Unfinished(i) {
			t.Errorf("item %d: failed %v, unfinished %v", i, failed.Failed(i), failed.Unfinished(i))
		}
	}
	if want := "job: 500 of 1000 items failed: item 1: boom (and 499 more)"; err.Error() != want {
		t.Errorf("text %q, want %q", err, want)
	}
}

// A function that does not return one result for each item fails its chunk.
func TestWrongNumberOfResults(t *testing.T) {
	for _, form := range runForms() {
		if form.name != "MapChunks" && form.name != "StreamChunks" {
			continue
		}
		for _, results := range []int{0, workloadChunk - 1, workloadChunk + 1} {
			t.Run(fmt.Sprintf("%s/%d", form.name, results), func(t *testing.T) {
				w := workload{items: workloadChunk, workers: 1}
				w.process = func(_ context.Context, lo, hi int) ([]int, error) {
					if hi-lo < workloadChunk { // of a stream
						return make([]int, hi-lo+1), nil
					}
					return make([]int, results), nil
				}
				result := form.run(t.Context(), w.executor(), w)
				if _, ok := errors.AsType[*core.ChunkError](mustRunError(t, result.err)); !ok || !strings.Contains(result.err.Error(), "results for") {
					t.Errorf("the error is %v", result.err)
				}
			})
		}
	}
}
