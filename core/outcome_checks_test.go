package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// checkItems compares the states of the items with the policy.
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

// checkValues checks the results of forms that return them by index.
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

// checkYielded checks the results of streams: they come in order, up to the first item
// without a result or where the policy stops.
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

// checkFailedCalls checks the calls of Run.Chunk that did not return nil.
func (c *outcomeCase) checkFailedCalls(t *testing.T) {
	t.Helper()
	for _, b := range c.result.failedCalls {
		here := b.lo <= endingItem && endingItem < b.lo+workloadChunk
		var ok bool
		switch {
		case !here || c.before: // not called any more
			ok = c.outcomeEnding.outcome == core.OutcomeCanceled && errors.Is(b.err, context.Canceled) && errors.Is(b.err, errStop)
		case c.outcomeEnding.outcome == core.OutcomeError:
			ok = b.err == errBoom // not wrapped
		case c.endingName() == "panic":
			ok = b.panicValue == any(errBoom)
		case c.endingName() == "Goexit":
			ok = b.goexited
		default:
			ok = b.err == context.Canceled // not wrapped
		}
		if !ok {
			t.Errorf("Chunk at %d: %+v", b.lo, b)
		}
	}
	if stopped := c.outcomeEnding.outcome != core.OutcomeOK; stopped != (len(c.result.failedCalls) > 0) {
		t.Errorf("%d chunks did not return nil", len(c.result.failedCalls))
	}
}

// checkEvents compares the events with the states of the items.
func (c *outcomeCase) checkEvents(t *testing.T) {
	t.Helper()
	workers := c.workers
	if c.ownLoop {
		workers = 0
	}
	checkPairs(t, c.recorder, workers)
	run := onlyOne[core.RunEnd](t, c.recorder)
	ends, failures := hooktest.Of[core.ChunkEnd](c.recorder), hooktest.Of[core.ItemFailure](c.recorder)
	items, failed, chunksFailed := 0, 0, 0
	for _, e := range ends {
		items += e.ItemsDone
		failed += e.ItemsFailed
		if e.Outcome >= core.OutcomeError {
			chunksFailed++
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
	if run.Chunks != len(ends) || run.ChunksFailed != chunksFailed {
		t.Errorf("the run counts %d chunks and %d failed ones, its chunks %d and %d", run.Chunks, run.ChunksFailed, len(ends), chunksFailed)
	}
	if run.Outcome != c.runOutcome() || run.Err != c.result.err && c.result.err != nil { // identical
		t.Errorf("the run ended %v with %v, the caller got %v", run.Outcome, run.Err, c.result.err)
	}
	if c.before && len(ends) > 0 {
		t.Errorf("%d chunks ran after the cancellation", len(ends))
	}
	wantFailures := wantFailed
	if c.perChunk {
		wantFailures = chunksFailed
	}
	if len(failures) != wantFailures {
		t.Errorf("%d failures were reported, want %d", len(failures), wantFailures)
	}
	for _, f := range failures {
		if !c.contains(f.Index, f.Items) || f.Outcome != c.outcomeEnding.outcome || f.Err == nil {
			t.Errorf("failure %+v, want one at item %d", f, endingItem)
		}
	}
}
