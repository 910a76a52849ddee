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
)

// ending is a way for a run to go, made to happen by what the function does at
// one item.
type ending struct {
	name    string
	outcome core.Outcome
	before  bool // the context is cancelled before the run
	bubble  bool // the run is in a synctest bubble
	item    func(e *endingRun, ctx context.Context, i, unit int) error
}

// endingRun is what the items of an ending work with.
type endingRun struct {
	*ledger
	n      int
	cancel context.CancelCauseFunc
}

const endingItem = 10 // where it happens: in the middle of a chunk and of the run

func endings() []ending {
	at := func(does func(e *endingRun, ctx context.Context) error) func(*endingRun, context.Context, int, int) error {
		return func(e *endingRun, ctx context.Context, i, _ int) error {
			if i != endingItem {
				return nil
			}
			return does(e, ctx)
		}
	}
	all := func(*endingRun, context.Context, int, int) error { return nil }
	return []ending{
		{name: "ok", outcome: core.OutcomeOK, item: all},
		{name: "error", outcome: core.OutcomeError, item: at(func(*endingRun, context.Context) error { return errBoom })},
		{name: "panic", outcome: core.OutcomePanic, item: at(func(*endingRun, context.Context) error { panic(errBoom) })},
		{name: "Goexit", outcome: core.OutcomePanic, item: at(func(*endingRun, context.Context) error {
			runtime.Goexit()
			return nil
		})},
		{name: "cancelled before", outcome: core.OutcomeCanceled, before: true, item: all},
		{name: "cancelled during", outcome: core.OutcomeCanceled, item: at(func(e *endingRun, ctx context.Context) error {
			e.cancel(errStop)
			return ctx.Err()
		})},
		// Nothing is left to do when the cancellation comes, and the source of a
		// stream has ended: the run is complete.
		{name: "cancelled at the last item", outcome: core.OutcomeOK, bubble: true, item: func(e *endingRun, _ context.Context, i, unit int) error {
			if i == e.n-1 {
				e.await(e.n - unit)
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
	for _, fl := range flavours() {
		for _, end := range endings() {
			for _, workers := range []int{1, 2, 8} {
				for _, keepGoing := range []bool{false, true} {
					for _, watched := range []bool{false, true} {
						name := fmt.Sprintf("%s/%s/workers=%d/continue=%v/hooks=%v", fl.name, end.name, workers, keepGoing, watched)
						t.Run(name, func(t *testing.T) {
							c := &outcomeCase{flavour: fl, ending: end, workers: workers, keepGoing: keepGoing}
							if watched {
								c.witness = newWitness("witness")
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
	flavour
	ending
	workers   int
	keepGoing bool
	witness   *witness // nil if the run has no hooks

	job    job
	truth  *ledger
	answer answer
}

func (c *outcomeCase) test(t *testing.T) {
	t.Helper()
	const n = 24
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	c.truth = newLedger(n)
	run := &endingRun{c.truth, n, cancel}
	c.job = job{n: n, workers: c.workers, keepGoing: c.keepGoing}
	c.job.unit = c.truth.unit(func(ctx context.Context, i, unit int) error { return c.item(run, ctx, i, unit) })
	if c.before {
		cancel(errStop)
	}
	e := c.job.executor()
	if c.witness != nil {
		e.Register(c.witness)
	}
	c.answer = c.flavour.run(ctx, e, c.job)

	c.checkTruth(t)
	if c.stream {
		c.checkYielded(t)
	} else {
		c.checkValues(t)
	}
	if c.own {
		c.checkChunkReturns(t)
	}
	if c.witness != nil {
		c.checkEvents(t)
	}
	// An own loop has no error of its own, and neither has a stream that tells
	// its failures in place: hooks know.
	err := c.answer.err
	if c.own || c.stream && c.keepGoing && c.ending.outcome >= core.OutcomeError {
		if err != nil {
			t.Errorf("the caller got %v beside what it knows already", err)
		}
		if c.witness == nil {
			return
		}
		err = onlyOne[core.RunEnd](t, c.witness).Err
	}
	c.checkError(t, err)
}

// checkTruth compares what became of the items with what the policy asks for.
func (c *outcomeCase) checkTruth(t *testing.T) {
	t.Helper()
	all := len(c.truth.fates)
	failed, unfinished := c.truth.count(fateFailed), c.truth.count(fateUnfinished)
	switch {
	case c.ending.outcome == core.OutcomeOK && c.truth.count(fateOK) != all:
		t.Errorf("fates %v, want all ok", c.truth.fates)
	case c.ending.outcome >= core.OutcomeError && (failed == 0 || !c.whole && failed > 1):
		t.Errorf("%d items failed", failed)
	case c.ending.outcome >= core.OutcomeError && c.keepGoing && unfinished > 0:
		t.Errorf("%d items were left out after a failure", unfinished)
	case c.before && unfinished != all:
		t.Errorf("%d items were worked on after the cancellation", all-unfinished)
	}
	stops := c.ending.outcome == core.OutcomeCanceled || c.ending.outcome >= core.OutcomeError && !c.keepGoing
	if first := c.truth.until(fateUnfinished, fateFailed); c.workers == 1 && stops {
		for i := first; i < all; i++ {
			if c.truth.fates[i] == fateOK {
				t.Errorf("the only worker went on with item %d after item %d", i, endingItem)
			}
		}
	}
}

// checkValues looks at results that were returned by index.
func (c *outcomeCase) checkValues(t *testing.T) {
	t.Helper()
	for i, v := range c.answer.values {
		want := 0
		if c.truth.fates[i] == fateOK {
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
	for k, v := range c.answer.values {
		err := c.answer.errs[k]
		item, isItem := errors.AsType[*core.ItemError](err)
		chunk, isChunk := errors.AsType[*core.ChunkError](err)
		switch {
		case err == nil && v == valueOf(at):
			at++
		case isItem && v == 0 && item.Index == at && c.truth.fates[at] == fateFailed:
			at++
		case isChunk && v == 0 && chunk.Offset == at && c.truth.fates[at] == fateFailed:
			at += chunk.Items
		default:
			t.Fatalf("pair %d is (%d, %v), item %d was due", k, v, err, at)
		}
	}
	want := c.truth.until(fateUnfinished, fateFailed)
	if c.keepGoing {
		want = c.truth.until(fateUnfinished)
	}
	if at != want {
		t.Errorf("the stream yielded %d items, want %d", at, want)
	}
}

// checkChunkReturns looks at what Run.Chunk did where it did not return nil.
func (c *outcomeCase) checkChunkReturns(t *testing.T) {
	t.Helper()
	for _, b := range c.answer.broken {
		here := b.lo <= endingItem && endingItem < b.lo+jobChunk
		var ok bool
		switch {
		case !here || c.before: // not called any more
			ok = c.ending.outcome == core.OutcomeCanceled && errors.Is(b.err, context.Canceled) && errors.Is(b.err, errStop)
		case c.ending.outcome == core.OutcomeError:
			ok = b.err == errBoom // as it is, not wrapped
		case c.how() == "panic":
			ok = b.value == any(errBoom)
		case c.how() == "Goexit":
			ok = b.exited
		default:
			ok = b.err == context.Canceled // as it is, not wrapped
		}
		if !ok {
			t.Errorf("Chunk at %d: %+v", b.lo, b)
		}
	}
	if stopped := c.ending.outcome != core.OutcomeOK; stopped != (len(c.answer.broken) > 0) {
		t.Errorf("%d chunks did not return nil", len(c.answer.broken))
	}
}

func (c *outcomeCase) how() string { return c.ending.name }

// checkError looks at the run's error: type, content, text.
func (c *outcomeCase) checkError(t *testing.T, err error) {
	t.Helper()
	if c.ending.outcome == core.OutcomeOK {
		if err != nil {
			t.Errorf("a complete run returned %v", err)
		}
		return
	}
	e := mustRunError(t, err)
	done, failed := c.truth.count(fateOK)+c.truth.count(fateFailed), c.truth.count(fateFailed)
	items := len(c.truth.fates)
	if c.stream {
		items = -1
	}
	if e.Executor != "job" || e.RunID == "" || e.Outcome != c.ending.outcome || e.Items != items || e.ItemsDone != done || e.ItemsFailed != failed {
		t.Errorf("the error counts %+v, want %v, %d of %d items, %d failed", e, c.ending.outcome, done, items, failed)
	}
	if !c.stream && !c.own {
		for i, f := range c.truth.fates {
			if e.Unfinished(i) != (f == fateUnfinished) || e.Failed(i) != (f == fateFailed) {
				t.Errorf("item %d: unfinished %v, failed %v; in truth %d", i, e.Unfinished(i), e.Failed(i), f)
			}
		}
	}
	for _, outside := range []int{-1, len(c.truth.fates)} {
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
		of = fmt.Sprintf(" of %d", len(c.truth.fates))
	}
	if c.ending.outcome == core.OutcomeCanceled {
		return fmt.Sprintf("job: canceled after %d%s items: context canceled: stop asked for", e.ItemsDone, of)
	}
	why := map[string]string{"error": "boom", "panic": "panic: boom", "Goexit": core.ErrGoexit.Error()}[c.how()]
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
	if c.ending.outcome == core.OutcomeCanceled {
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errStop) || isItem || isChunk {
			t.Errorf("%v: want the context's error and its cause, and nothing else", err)
		}
		return
	}
	if isChunk != c.whole || isItem == c.whole {
		t.Fatalf("%v: an ItemError %v, a ChunkError %v", err, isItem, isChunk)
	}
	if isItem && item.Index != endingItem {
		t.Errorf("item %d failed, want %d", item.Index, endingItem)
	}
	if isChunk && (!c.around(chunk.Offset, chunk.Items) || chunk.Items != c.truth.count(fateFailed)) {
		t.Errorf("%d items from %d failed, want those around %d", chunk.Items, chunk.Offset, endingItem)
	}
	thrown, isPanic := errors.AsType[*core.PanicError](err)
	if isPanic != (c.how() == "panic") || errors.Is(err, core.ErrGoexit) != (c.how() == "Goexit") {
		t.Errorf("%v: a PanicError %v", err, isPanic)
	}
	if isPanic && (thrown.Value != any(errBoom) || !bytes.Contains(thrown.Stack, []byte("core_test.endings"))) {
		t.Errorf("panicked with %v at %s", thrown.Value, thrown.Stack)
	}
	if c.how() != "Goexit" && !errors.Is(err, errBoom) {
		t.Errorf("%v does not wrap what the function gave", err)
	}
	if errors.Is(err, context.Canceled) {
		t.Errorf("%v looks like a cancellation", err)
	}
}

// around reports whether the item where it happens is in a chunk. Only the
// loop itself knows which items are in the chunks of an own loop: a run counts
// them as they come.
func (c *outcomeCase) around(offset, items int) bool {
	return c.own || offset <= endingItem && endingItem < offset+items
}

// checkEvents compares the events with the truth.
func (c *outcomeCase) checkEvents(t *testing.T) {
	t.Helper()
	workers := c.workers
	if c.own {
		workers = 0
	}
	c.witness.checkPairs(t, workers)
	run := onlyOne[core.RunEnd](t, c.witness)
	ends, failures := toldOf[core.ChunkEnd](c.witness), toldOf[core.ItemFailure](c.witness)
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
	done, wantFailed := c.truth.count(fateOK)+c.truth.count(fateFailed), c.truth.count(fateFailed)
	if run.ItemsDone != done || items != done || run.ItemsFailed != wantFailed || failed != wantFailed {
		t.Errorf("done: run %d, chunks %d, want %d; failed: run %d, chunks %d, want %d",
			run.ItemsDone, items, done, run.ItemsFailed, failed, wantFailed)
	}
	if run.Chunks != len(ends) || run.ChunksFailed != broken {
		t.Errorf("the run counts %d chunks and %d failed ones, its chunks %d and %d", run.Chunks, run.ChunksFailed, len(ends), broken)
	}
	if run.Outcome != c.ending.outcome || run.Err != c.answer.err && c.answer.err != nil { // the very same
		t.Errorf("the run ended %v with %v, the caller got %v", run.Outcome, run.Err, c.answer.err)
	}
	if c.before && len(ends) > 0 {
		t.Errorf("%d chunks ran after the cancellation", len(ends))
	}
	wantFailures := wantFailed
	if c.whole {
		wantFailures = broken
	}
	if len(failures) != wantFailures {
		t.Errorf("%d failures were told, want %d", len(failures), wantFailures)
	}
	for _, f := range failures {
		if !c.around(f.Index, f.Items) || f.Outcome != c.ending.outcome || f.Err == nil {
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
			w := newWitness("witness")
			e := core.NewExecutor(core.WithName("job"))
			e.Register(w)
			ctx, r := e.Start(given, 3)
			if err := r.Chunk(ctx, 2, func(context.Context) error { return end.chunk }); err != end.chunk { // as it is
				t.Errorf("Chunk returned %v", err)
			}
			if end.cancelled {
				cancel(errStop)
			}
			r.End(end.given)
			got := onlyOne[core.RunEnd](t, w)
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
	for _, fl := range flavours() {
		if fl.name != "MapChunks" && fl.name != "StreamChunks" {
			continue
		}
		for _, results := range []int{0, jobChunk - 1, jobChunk + 1} {
			t.Run(fmt.Sprintf("%s/%d", fl.name, results), func(t *testing.T) {
				j := job{n: jobChunk, workers: 1}
				j.unit = func(_ context.Context, lo, hi int) ([]int, error) {
					if hi-lo < jobChunk { // of a stream
						return make([]int, hi-lo+1), nil
					}
					return make([]int, results), nil
				}
				a := fl.run(t.Context(), j.executor(), j)
				if _, ok := errors.AsType[*core.ChunkError](mustRunError(t, a.err)); !ok || !strings.Contains(a.err.Error(), "results for") {
					t.Errorf("the error is %v", a.err)
				}
			})
		}
	}
}
