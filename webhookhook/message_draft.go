package webhookhook

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// maxRawText limits texts before the redactor has seen them, in bytes. It is
// larger than the limits of messages, so that the redactor recognises a secret
// at their borders.
const maxRawText = 4 << 10

// draft is a message whose texts are still as the events brought them. It is
// made on the goroutine of an event, which must not wait: a renderer on the
// sender's goroutine does what takes time, and calls user code.
type draft struct {
	Message
	endQueued    *atomic.Bool // runRecord.endQueued; nil for a start
	firstFailure *failure
}

// failure is a run's first failure, as the event brought it.
type failure struct {
	errorType, text string
	item            int
	name            string
}

// startDraft returns the draft of a message about a run that begins.
func startDraft(event Event, e core.RunStart) *draft {
	return &draft{Message: Message{
		Event: event, At: time.Now(),
		Executor: cloneBounded(e.Executor), RunID: cloneBounded(e.RunID), Attrs: cloneAttrs(e.Attrs),
		Started: e.Started, Workers: e.Workers, Items: e.Items,
	}}
}

// cloneBounded returns at most 4 KiB of a text, and does not keep the rest in
// memory: texts of any length may wait in the queue.
func cloneBounded(s string) string {
	if len(s) <= maxRawText {
		return s
	}
	return strings.Clone(s[:maxRawText])
}

// cloneAttrs returns at most 16 attributes, the first in alphabetical order,
// each bounded as cloneBounded does.
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

// runningDraft returns the draft of a message about a run that goes on.
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

// endDraft returns the draft of a message about a run that has ended. The caller
// sets its event, and calls summarize, which takes longer, if it is to be sent.
func (r *runRecord) endDraft(e core.RunEnd) *draft {
	d := startDraft("", e.RunStart)
	d.endQueued = r.endQueued
	d.Outcome, d.Elapsed = e.Outcome, e.Duration
	d.ItemsDone, d.ItemsFailed = e.ItemsDone, e.ItemsFailed
	d.Chunks, d.ChunksFailed = e.Chunks, e.ChunksFailed
	if e.Duration > 0 {
		d.Throughput = float64(e.ItemsDone) / e.Duration.Seconds()
	}
	for _, v := range e.Custom[:min(len(e.Custom), maxCounters)] {
		d.Counters = append(d.Counters, Counter{cloneBounded(v.Name), cloneBounded(v.Unit), v.Value})
	}
	r.mu.Lock()
	d.firstFailure = r.firstFailure
	r.mu.Unlock()
	if d.firstFailure == nil && e.Err != nil { // the run was cancelled, or failed without an item
		d.firstFailure = &failure{label.ErrorType(e.Err), errorText(e.Err), -1, ""}
	}
	return d
}

// summarize adds the durations of the run's chunks and its failures to a draft.
func (r *runRecord) summarize(d *draft) { d.Timing, d.Failures = r.timing(), r.failureCounts() }
