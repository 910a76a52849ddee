package webhookhook

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// draft is a message before finish.
type draft struct {
	Message
	endQueued    *atomic.Bool // of the run; nil for a start
	firstFailure *failure
}

// started makes the draft of a message about a run that begins.
func startDraft(event Event, e core.RunStart) *draft {
	return &draft{Message: Message{
		Event: event, At: time.Now(),
		Executor: cloneBounded(e.Executor), RunID: cloneBounded(e.RunID), Attrs: cloneAttrs(e.Attrs),
		Started: e.Started, Workers: e.Workers, Items: e.Items,
	}}
}

// own returns at most 4 KiB of a text, and does not hold on to the rest: what
// waits in the queue is bounded, whatever the job's texts are.
func cloneBounded(s string) string {
	if len(s) <= maxRawText {
		return s
	}
	return strings.Clone(s[:maxRawText])
}

// ownAttrs is own for attributes, of which it keeps so many.
func cloneAttrs(attrs map[string]string) map[string]string {
	kept := make(map[string]string, min(len(attrs), maxAttrs))
	for _, k := range sortedKeys(attrs) {
		if len(kept) == maxAttrs {
			break
		}
		kept[cloneBounded(k)] = cloneBounded(attrs[k])
	}
	return kept
}

// ongoing makes the draft of a message about a run that goes on.
func (r *runRecord) runningDraft(event Event) *draft {
	d := startDraft(event, r.start)
	d.endQueued = r.endQueued
	r.mu.Lock()
	p := r.progress
	d.firstFailure = r.firstFailure
	r.mu.Unlock()
	d.Elapsed = max(p.Elapsed, time.Since(r.start.Started))
	d.ItemsDone, d.ItemsFailed = p.ItemsDone, max(p.ItemsFailed, int(r.itemsFailed.Load()))
	d.ItemsDone = max(d.ItemsDone, d.ItemsFailed)
	d.Chunks = p.Chunks
	d.Throughput, d.Remaining = p.Throughput, p.Remaining
	r.summarize(d)
	return d
}

// ended makes the draft of a message about a run that has ended. Which event
// it is, and whether anybody wants to hear of it, depends on what happened before
// and is not decided here: what takes time to find out is left to summarize.
func (r *runRecord) endDraft(e core.RunEnd) *draft {
	d := startDraft("", e.RunStart)
	d.endQueued = r.endQueued
	d.Outcome, d.Elapsed = e.Outcome, e.Duration
	d.ItemsDone, d.ItemsFailed = e.ItemsDone, e.ItemsFailed
	d.Chunks, d.ChunksFailed = e.Chunks, e.ChunksFailed
	if e.Duration > 0 {
		d.Throughput = float64(e.ItemsDone) / e.Duration.Seconds()
	}
	r.mu.Lock()
	d.firstFailure = r.firstFailure
	r.mu.Unlock()
	if d.firstFailure == nil && e.Err != nil { // cancelled, or failed as a whole
		d.firstFailure = &failure{label.ErrorType(e.Err), errorText(e.Err), -1}
	}
	return d
}

// summarize adds to a draft what the run's chunks and failures were.
func (r *runRecord) summarize(d *draft) { d.Timing, d.Failures = r.timing(), r.failureCounts() }
