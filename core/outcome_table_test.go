package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// ending is a way for a run to go, made to happen by what the function does at
// one item.
type outcomeEnding struct {
	name    string
	outcome core.Outcome
	before  bool // the context is cancelled before the run
	bubble  bool // the run is in a synctest bubble
	item    func(e *endingItems, ctx context.Context, i, unit int) error
}

// endingRun is what the items of an ending work with.
type endingItems struct {
	*itemTracker
	total  int
	cancel context.CancelCauseFunc
}

const endingItem = 10 // where it happens: in the middle of a chunk and of the run

func outcomeEndings() []outcomeEnding {
	at := func(does func(e *endingItems, ctx context.Context) error) func(*endingItems, context.Context, int, int) error {
		return func(e *endingItems, ctx context.Context, i, _ int) error {
			if i != endingItem {
				return nil
			}
			return does(e, ctx)
		}
	}
	all := func(*endingItems, context.Context, int, int) error { return nil }
	return []outcomeEnding{
		{name: "ok", outcome: core.OutcomeOK, item: all},
		{name: "error", outcome: core.OutcomeError, item: at(func(*endingItems, context.Context) error { return errBoom })},
		{name: "panic", outcome: core.OutcomePanic, item: at(func(*endingItems, context.Context) error { panic(errBoom) })},
		{name: "Goexit", outcome: core.OutcomePanic, item: at(func(*endingItems, context.Context) error {
			runtime.Goexit()
			return nil
		})},
		{name: "cancelled before", outcome: core.OutcomeCanceled, before: true, item: all},
		{name: "cancelled during", outcome: core.OutcomeCanceled, item: at(func(e *endingItems, ctx context.Context) error {
			e.cancel(errStop)
			return ctx.Err()
		})},
		// Nothing is left to do when the cancellation comes, and the source of a
		// stream has ended: the run is complete.
		{name: "cancelled at the last item", outcome: core.OutcomeOK, bubble: true, item: func(e *endingItems, _ context.Context, i, unit int) error {
			if i == e.total-1 {
				e.waitFor(e.total - unit)
				synctest.Wait()
				e.cancel(errStop)
			}
			return nil
		}},
	}
}

// TestOutcomeTable goes through all endings of all flavours, with and without
// hooks, which are two ways through a worker.
func TestOutcomeTable(t *testing.T) {
	for _, form := range runForms() {
		for _, end := range outcomeEndings() {
			for _, workers := range []int{1, 2, 8} {
				for _, keepGoing := range []bool{false, true} {
					for _, watched := range []bool{false, true} {
						name := fmt.Sprintf("%s/%s/workers=%d/continue=%v/hooks=%v", form.name, end.name, workers, keepGoing, watched)
						t.Run(name, func(t *testing.T) {
							c := &outcomeCase{runForm: form, outcomeEnding: end, workers: workers, continueOnError: keepGoing}
							if watched {
								c.recorder = hooktest.NewRecorder()
							}
							if end.bubble {
								synctest.Test(t, c.test)
							} else {
								c.test(t)
							}
						})
					}
				}
			}
		}
	}
}

// outcomeCase is one row of the table and what came out of it.
type outcomeCase struct {
	runForm
	outcomeEnding
	workers         int
	continueOnError bool
	recorder        *hooktest.Recorder // nil if the run has no hooks

	workload workload
	items    *itemTracker
	result   formResult
}

func (c *outcomeCase) test(t *testing.T) {
	t.Helper()
	const n = 24
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	c.items = newItemTracker(n)
	run := &endingItems{c.items, n, cancel}
	c.workload = workload{items: n, workers: c.workers, continueOnError: c.continueOnError}
	c.workload.process = c.items.process(func(ctx context.Context, i, unit int) error { return c.item(run, ctx, i, unit) })
	if c.before {
		cancel(errStop)
	}
	e := c.workload.executor()
	if c.recorder != nil {
		e.Register(c.recorder)
	}
	c.result = c.runForm.run(ctx, e, c.workload)

	c.checkItems(t)
	if c.stream {
		c.checkYielded(t)
	} else {
		c.checkValues(t)
	}
	if c.ownLoop {
		c.checkFailedCalls(t)
	}
	if c.recorder != nil {
		c.checkEvents(t)
	}
	// An own loop has no error of its own, and neither has a stream that tells
	// its failures in place: hooks know.
	err := c.result.err
	if c.ownLoop || c.stream && c.continueOnError && c.outcomeEnding.outcome >= core.OutcomeError {
		if err != nil {
			t.Errorf("the caller got %v beside what it knows already", err)
		}
		if c.recorder == nil {
			return
		}
		err = onlyOne[core.RunEnd](t, c.recorder).Err
	}
	c.checkError(t, err)
}

// checkTruth compares what became of the items with what the policy asks for.
func (c *outcomeCase) checkItems(t *testing.T) {
	t.Helper()
	all := len(c.items.states)
	failed, unfinished := c.items.count(itemFailed), c.items.count(itemUnfinished)
	switch {
	case c.outcomeEnding.outcome == core.OutcomeOK && c.items.count(itemSucceeded) != all:
		t.Errorf("fates %v, want all ok", c.items.states)
	case c.outcomeEnding.outcome >= core.OutcomeError && (failed == 0 || !c.perChunk && failed > 1):
		t.Errorf("%d items failed", failed)
	case c.outcomeEnding.outcome >= core.OutcomeError && c.continueOnError && unfinished > 0:
		t.Errorf("%d items were left out after a failure", unfinished)
	case c.before && unfinished != all:
		t.Errorf("%d items were worked on after the cancellation", all-unfinished)
	}
	stops := c.outcomeEnding.outcome == core.OutcomeCanceled || c.outcomeEnding.outcome >= core.OutcomeError && !c.continueOnError
	if first := c.items.firstIndex(itemUnfinished, itemFailed); c.workers == 1 && stops {
		for i := first; i < all; i++ {
			if c.items.states[i] == itemSucceeded {
				t.Errorf("the only worker went on with item %d after item %d", i, endingItem)
			}
		}
	}
}

// checkValues looks at results that were returned by index.
func (c *outcomeCase) checkValues(t *testing.T) {
	t.Helper()
	for i, v := range c.result.values {
		want := 0
		if c.items.states[i] == itemSucceeded {
			want = valueOf(i)
		}
		if v != want {
			t.Errorf("result %d is %d, want %d", i, v, want)
		}
	}
}

// checkYielded looks at results that came in order: all up to the first item
// that has none, or that the policy stops at.
func (c *outcomeCase) checkYielded(t *testing.T) {
	t.Helper()
	at := 0
	for k, v := range c.result.values {
		err := c.result.errs[k]
		item, isItem := errors.AsType[*core.ItemError](err)
		chunk, isChunk := errors.AsType[*core.ChunkError](err)
		switch {
		case err == nil && v == valueOf(at):
			at++
		case isItem && v == 0 && item.Index == at && c.items.states[at] == itemFailed:
			at++
		case isChunk && v == 0 && chunk.Offset == at && c.items.states[at] == itemFailed:
			at += chunk.Items
		default:
			t.Fatalf("pair %d is (%d, %v), item %d was due", k, v, err, at)
		}
	}
	want := c.items.firstIndex(itemUnfinished, itemFailed)
	if c.continueOnError {
		want = c.items.firstIndex(itemUnfinished)
	}
	if at != want {
		t.Errorf("the stream yielded %d items, want %d", at, want)
	}
}

// checkChunkReturns looks at what Run.Chunk did where it did not return nil.
func (c *outcomeCase) checkFailedCalls(t *testing.T) {
	t.Helper()
	for _, b := range c.result.failedCalls {
		here := b.lo <= endingItem && endingItem < b.lo+workloadChunk
		var ok bool
		switch {
		case !here || c.before: // not called any more
			ok = c.outcomeEnding.outcome == core.OutcomeCanceled && errors.Is(b.err, context.Canceled) && errors.Is(b.err, errStop)
		case c.outcomeEnding.outcome == core.OutcomeError:
			ok = b.err == errBoom // as it is, not wrapped
		case c.endingName() == "panic":
			ok = b.panicValue == any(errBoom)
		case c.endingName() == "Goexit":
			ok = b.goexited
		default:
			ok = b.err == context.Canceled // as it is, not wrapped
		}
		if !ok {
			t.Errorf("Chunk at %d: %+v", b.lo, b)
		}
	}
	if stopped := c.outcomeEnding.outcome != core.OutcomeOK; stopped != (len(c.result.failedCalls) > 0) {
		t.Errorf("%d chunks did not return nil", len(c.result.failedCalls))
	}
}

func (c *outcomeCase) endingName() string { return c.outcomeEnding.name }

// checkError looks at the run's error: type, content, text.
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
	if e.Executor != "job" || e.RunID == "" || e.Outcome != c.outcomeEnding.outcome || e.Items != items || e.ItemsDone != done || e.ItemsFailed != failed {
		t.Errorf("the error counts %+v, want %v, %d of %d items, %d failed", e, c.outcomeEnding.outcome, done, items, failed)
	}
	if !c.stream && !c.ownLoop {
		for i, f := range c.items.states {
			if e.Unfinished(i) != (f == itemUnfinished) || e.Failed(i) != (f == itemFailed) {
				t.Errorf("item %d: unfinished %v, failed %v; in truth %d", i, e.Unfinished(i), e.Failed(i), f)
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

// wantText is the error's text: who, how much, and why.
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
	return fmt.Sprintf("job: %d%s items failed: %s: %s", e.ItemsFailed, of, where, why)
}

// checkCause looks at what the run's error wraps.
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

// around reports whether the item where it happens is in a chunk. Only the
// loop itself knows which items are in the chunks of an own loop: a run counts
// them as they come.
func (c *outcomeCase) contains(offset, items int) bool {
	return c.ownLoop || offset <= endingItem && endingItem < offset+items
}

// checkEvents compares the events with the truth.
func (c *outcomeCase) checkEvents(t *testing.T) {
	t.Helper()
	workers := c.workers
	if c.ownLoop {
		workers = 0
	}
	checkPairs(t, c.recorder, workers)
	run := onlyOne[core.RunEnd](t, c.recorder)
	ends, failures := hooktest.Of[core.ChunkEnd](c.recorder), hooktest.Of[core.ItemFailure](c.recorder)
	items, failed, broken := 0, 0, 0
	for _, e := range ends {
		items += e.ItemsDone
		failed += e.ItemsFailed
		if e.Outcome >= core.OutcomeError {
			broken++
		}
		if (e.Outcome == core.OutcomeOK) != (e.Err == nil) {
			t.Errorf("chunk %d: %v with %v", e.Chunk, e.Outcome, e.Err)
		}
	}
	done, wantFailed := c.items.count(itemSucceeded)+c.items.count(itemFailed), c.items.count(itemFailed)
	if run.ItemsDone != done || items != done || run.ItemsFailed != wantFailed || failed != wantFailed {
		t.Errorf("done: run %d, chunks %d, want %d; failed: run %d, chunks %d, want %d",
			run.ItemsDone, items, done, run.ItemsFailed, failed, wantFailed)
	}
	if run.Chunks != len(ends) || run.ChunksFailed != broken {
		t.Errorf("the run counts %d chunks and %d failed ones, its chunks %d and %d", run.Chunks, run.ChunksFailed, len(ends), broken)
	}
	if run.Outcome != c.outcomeEnding.outcome || run.Err != c.result.err && c.result.err != nil { // the very same
		t.Errorf("the run ended %v with %v, the caller got %v", run.Outcome, run.Err, c.result.err)
	}
	if c.before && len(ends) > 0 {
		t.Errorf("%d chunks ran after the cancellation", len(ends))
	}
	wantFailures := wantFailed
	if c.perChunk {
		wantFailures = broken
	}
	if len(failures) != wantFailures {
		t.Errorf("%d failures were told, want %d", len(failures), wantFailures)
	}
	for _, f := range failures {
		if !c.contains(f.Index, f.Items) || f.Outcome != c.outcomeEnding.outcome || f.Err == nil {
			t.Errorf("failure %+v, want one at item %d", f, endingItem)
		}
	}
}

// What End is given is the loop's own word on the run.
func TestEndWithAnError(t *testing.T) {
	thrown := &core.PanicError{Value: "x"}
	ends := []struct {
		name      string
		given     error
		cancelled bool
		chunk     error // of the only chunk, of 2 of 3 items
		outcome   core.Outcome
		wraps     []error
		text      string
	}{
		{name: "nothing", outcome: core.OutcomeOK},
		{name: "error", given: errBoom, outcome: core.OutcomeError, wraps: []error{errBoom}, text: "job: failed: boom"},
		{name: "panic", given: fmt.Errorf("loop: %w", thrown), outcome: core.OutcomePanic, wraps: []error{thrown}, text: "job: failed: loop: panic: x"},
		{name: "Goexit", given: core.ErrGoexit, outcome: core.OutcomePanic, wraps: []error{core.ErrGoexit}, text: "job: failed: " + core.ErrGoexit.Error()},
		{
			name: "cancelled", cancelled: true, outcome: core.OutcomeCanceled, wraps: []error{context.Canceled, errStop},
			text: "job: canceled after 2 of 3 items: context canceled: stop asked for",
		},
		{
			name: "cancelled and says so", given: context.Canceled, cancelled: true, outcome: core.OutcomeCanceled, wraps: []error{context.Canceled, errStop},
			text: "job: canceled after 2 of 3 items: context canceled: context canceled: stop asked for",
		},
		{name: "a cancellation of its own", given: context.Canceled, outcome: core.OutcomeError, wraps: []error{context.Canceled}, text: "job: failed: context canceled"},
		{
			name: "nothing after a failed chunk", chunk: errBoom, outcome: core.OutcomeError, wraps: []error{errBoom},
			text: "job: 2 of 3 items failed: chunk 0 (2 items from 0): boom",
		},
		{
			name: "error after a failed chunk", given: errStop, chunk: errBoom, outcome: core.OutcomeError, wraps: []error{errBoom, errStop},
			text: "job: 2 of 3 items failed: chunk 0 (2 items from 0): boom (and 1 more)",
		},
	}
	for _, end := range ends {
		t.Run(end.name, func(t *testing.T) {
			given, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			rec := hooktest.NewRecorder()
			e := core.NewExecutor(core.WithName("job"))
			e.Register(rec)
			ctx, r := e.Start(given, 3)
			if err := r.Chunk(ctx, 2, func(context.Context) error { return end.chunk }); err != end.chunk { // as it is
				t.Errorf("Chunk returned %v", err)
			}
			if end.cancelled {
				cancel(errStop)
			}
			r.End(end.given)
			got := onlyOne[core.RunEnd](t, rec)
			if got.Outcome != end.outcome || (got.Err == nil) != (end.outcome == core.OutcomeOK) {
				t.Fatalf("the run ended %v with %v, want %v", got.Outcome, got.Err, end.outcome)
			}
			for _, want := range end.wraps {
				if !errors.Is(got.Err, want) {
					t.Errorf("%v does not wrap %v", got.Err, want)
				}
			}
			if got.Err != nil && got.Err.Error() != end.text {
				t.Errorf("text %q\nwant %q", got.Err, end.text)
			}
		})
	}
}

// However much fails, an error keeps the first hundred in the order of their
// items, counts the rest, and still knows each item.
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

// A result for each item, no more and no less: anything else fails the chunk.
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
