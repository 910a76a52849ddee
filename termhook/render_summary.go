package termhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const (
	// briefRun is the duration below which a run without failures gets a
	// summary of one line.
	briefRun = showAfter
	// maxListedWorkers is how many workers are listed one by one.
	maxListedWorkers = 16
)

// writeSummary writes the summary of a run, failures first.
func writeSummary(b *strings.Builder, r *run, columns int, style style, page pageFunc) {
	e := r.ended
	fmt.Fprintf(b, "%s  %s after %s: %s\n", r.name, style.paint(outcomeColor(e.Outcome), e.Outcome.String()), duration(e.Duration), itemCounts(e))
	if e.Outcome == core.OutcomeOK && e.ItemsFailed == 0 && e.Duration < briefRun {
		return
	}
	row := func(label, text string) { fmt.Fprintf(b, "  %-8s %s\n", label, text) }
	texts, more := firstFailures(r)
	label := "failed"
	if e.ItemsFailed == 0 {
		label = "because"
	}
	for _, text := range texts {
		row(label, text)
	}
	if more > 0 {
		row("failed", "and "+decimal(more)+" more")
	}
	row("chunks", fmt.Sprintf("%s, %s items/s", decimal(e.Chunks), strings.TrimSuffix(rate(averageRate(e)), "/s")))
	for i, c := range r.slowest.list() {
		label := "slowest"
		if i > 0 {
			label = ""
		}
		text := fmt.Sprintf("#%d %s, %s on %s", c.Chunk, duration(c.Duration), itemRange(&c.ChunkEnd), workerName(&c.ChunkEnd))
		if c.name != "" {
			text += ": " + c.name
		}
		row(label, text)
	}
	if len(e.Custom) > 0 {
		row("counted", counterList(e.Custom))
	}
	for i, line := range workerLines(r, columns-len("  workers  ")) {
		label := "workers"
		if i > 0 {
			label = ""
		}
		row(label, line)
	}
	if url := page.url(); url != "" {
		row("page", url)
	}
}

// counterList formats the user's counters: read 1,234 bytes, skipped 7.
func counterList(values []core.CounterValue) string {
	var texts []string
	for _, v := range values {
		text := plaintext.Clean(v.Name, maxName) + " " + decimal64(v.Value)
		if unit := plaintext.Clean(v.Unit, maxName); unit != "" && !strings.HasPrefix(v.Name, unit+"_") && !strings.HasSuffix(v.Name, "_"+unit) {
			text += " " + unit
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func outcomeColor(o core.Outcome) string {
	switch o {
	case core.OutcomeOK:
		return green
	case core.OutcomePartial, core.OutcomeCanceled:
		return yellow
	}
	return red
}

// itemCounts returns how many items failed and how many are done.
func itemCounts(e *core.RunEnd) string {
	of := ""
	if e.Items >= 0 {
		of = " of " + decimal(e.Items)
	}
	done := decimal(e.ItemsDone) + of + " items done"
	if e.ItemsFailed == 0 {
		return done
	}
	return decimal(e.ItemsFailed) + " failed, " + done
}

// firstFailures returns the texts of the first failures of a run, and the number
// of the others. If no item failed, it returns why the run ended.
func firstFailures(r *run) (texts []string, more int) {
	texts = r.failures.list()
	if len(texts) == 0 {
		if text := plaintext.Error(firstCause(r.ended.Err), maxError); text != "" {
			texts = []string{text}
		}
		return texts, 0
	}
	if len(texts) == maxFailureTexts { // each may stand for all items of a chunk
		more = max(0, r.ended.ItemsFailed-len(texts))
	}
	return texts, more
}

// firstCause returns the first cause of a run's error. The summary shows the
// counts in its text anyway.
func firstCause(err error) error {
	if e, ok := errors.AsType[*core.RunError](err); ok {
		if all := e.Unwrap(); len(all) > 0 {
			return all[0]
		}
	}
	return err
}

func averageRate(e *core.RunEnd) float64 {
	return float64(e.ItemsDone) / max(e.Duration, time.Nanosecond).Seconds()
}

func itemRange(c *core.ChunkEnd) string {
	if c.Items == 1 {
		return "item " + decimal(c.Offset)
	}
	return fmt.Sprintf("items %s-%s", decimal(c.Offset), decimal(c.Offset+max(c.Items-1, 0)))
}

func workerName(c *core.ChunkEnd) string {
	if remote := plaintext.Clean(c.RemoteWorker, maxName); remote != "" {
		return remote
	}
	return fmt.Sprintf("w%d", c.Worker)
}

// workerLines returns lines with each worker's items and the percentage of the
// run it was busy. Of many workers they show the range, and the one that was
// busy least.
func workerLines(r *run, width int) []string {
	shares := sortedShares(r)
	if len(shares) == 0 {
		return nil
	}
	if len(shares) > maxListedWorkers {
		return []string{fmt.Sprintf("%s, busy %s, items %s, least busy w%d",
			decimal(len(shares)), formatRange(shares, func(s workerShare) int { return r.busyPercent(s) }, "%"),
			formatRange(shares, func(s workerShare) int { return s.items }, ""),
			slices.MinFunc(shares, func(a, b workerShare) int { return r.busyPercent(a) - r.busyPercent(b) }).worker)}
	}
	cells := make([]string, len(shares))
	widest := 0
	for i, s := range shares {
		cells[i] = fmt.Sprintf("w%d %s items %d%%", s.worker, decimal(s.items), r.busyPercent(s))
		widest = max(widest, len(cells[i]))
	}
	const gap = 2
	perLine := max(1, (width+gap)/(widest+gap))
	var lines []string
	for group := range slices.Chunk(cells, perLine) {
		var b strings.Builder
		for _, cell := range group {
			fmt.Fprintf(&b, "%-*s", widest+gap, cell)
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

// sortedShares returns the workers' shares, in the order of the workers.
func sortedShares(r *run) []workerShare {
	r.mu.Lock()
	shares := slices.Clone(r.shares)
	r.mu.Unlock()
	slices.SortFunc(shares, func(a, b workerShare) int { return a.worker - b.worker })
	return shares
}

// busyPercent returns the percentage of the run that a worker was busy.
func (r *run) busyPercent(s workerShare) int {
	return min(100, int(100*float64(s.busy)/float64(max(r.ended.Duration, 1))+0.5))
}

// formatRange formats the least and the greatest value of the shares.
func formatRange(shares []workerShare, value func(workerShare) int, unit string) string {
	low, high := value(shares[0]), value(shares[0])
	for _, s := range shares {
		low, high = min(low, value(s)), max(high, value(s))
	}
	if low == high {
		return decimal(low) + unit
	}
	return decimal(low) + "-" + decimal(high) + unit
}
