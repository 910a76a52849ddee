package termhook

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const (
	plainInterval    = 5 * time.Second  // between any two lines, except the last one of a run
	plainRepeat      = 30 * time.Second // between two lines of a run without news
	plainPercentStep = 10               // progress in percent that is shown sooner
)

// plainRenderer writes a line now and then.
type plainRenderer struct {
	page        pageFunc
	lastWritten time.Time // time of the last line, except the last one of a run
}

func (p *plainRenderer) render(now time.Time, active, ended []*run, suppressed outcomeCounts) (string, []string) {
	var b strings.Builder
	for _, r := range ended {
		b.WriteString(p.endLine(r))
	}
	if suppressed.runs > 0 {
		b.WriteString(suppressedLine(suppressed))
	}
	if now.Sub(p.lastWritten) >= plainInterval {
		if line := p.dueLine(active); line != "" {
			b.WriteString(line)
			p.lastWritten = now
		}
	}
	return b.String(), nil
}

// dueLine returns a line about the run that has waited longest for one, the empty
// text if none is due.
func (p *plainRenderer) dueLine(active []*run) string {
	var next *run
	var state status
	for _, r := range active {
		if !r.startShown {
			r.startShown = true
			return p.startLine(r)
		}
		s := r.status()
		if r.isDue(&s) && (next == nil || s.Elapsed-r.shownAt > state.Elapsed-next.shownAt) {
			next, state = r, s
		}
	}
	if next == nil {
		return ""
	}
	next.shownAt, next.failureShown, next.stallShown = state.Elapsed, state.ItemsFailed > 0, state.stalledFor > 0
	next.shownPercent, _ = state.Percent()
	return runningLine(next, &state)
}

// isDue reports whether a run is due to be shown: it has news, or was not shown
// for long.
func (r *run) isDue(s *status) bool {
	p, _ := s.Percent()
	return s.Elapsed-r.shownAt >= plainRepeat || p-r.shownPercent >= plainPercentStep && p < 100 ||
		s.ItemsFailed > 0 && !r.failureShown || (s.stalledFor > 0) != r.stallShown
}

func (p *plainRenderer) startLine(r *run) string {
	l := newLogfmt(r, "started")
	if r.items >= 0 {
		l.addInt("items", r.items)
	}
	if r.workers > 0 {
		l.addInt("workers", r.workers)
	}
	p.addPage(l)
	return l.line()
}

func runningLine(r *run, s *status) string {
	state := "running"
	if s.stalledFor > 0 {
		state = "stalled"
	}
	l := newLogfmt(r, state)
	if s.stalledFor > 0 {
		l.add("stalled", duration(s.stalledFor))
	}
	if p, ok := s.Percent(); ok {
		l.addInt("percent", int(p))
	}
	l.addInt("done", s.ItemsDone)
	if s.Items >= 0 {
		l.addInt("items", s.Items)
	}
	l.addInt("failed", s.ItemsFailed)
	l.add("throughput", rate(s.Throughput))
	l.add("elapsed", duration(s.Elapsed))
	if s.estimate.Known && s.ItemsDone < s.Items {
		low, high, single := formatEstimate(s.estimate)
		if !single {
			low += ".." + high
		}
		l.add("eta", low)
	}
	l.addInt("active", s.ChunksActive)
	if s.ChunksWaiting > 0 {
		l.addInt("waiting", s.ChunksWaiting)
	}
	if r.workers > 0 {
		l.addInt("workers", r.workers)
	}
	if s.oldestChunkAge > 0 {
		l.add("oldest_chunk", duration(s.oldestChunkAge))
		if s.oldestName != "" {
			l.add("oldest_name", s.oldestName)
		}
	}
	return l.line()
}

// endLine returns the summary of a run, failures first.
func (p *plainRenderer) endLine(r *run) string {
	e := r.ended
	l := newLogfmt(r, "done")
	l.add("outcome", e.Outcome.String())
	l.addInt("failed", e.ItemsFailed)
	if texts, _ := firstFailures(r); len(texts) > 0 {
		l.add("error", texts[0])
	}
	l.addInt("done", e.ItemsDone)
	if e.Items >= 0 {
		l.addInt("items", e.Items)
	}
	l.addInt("chunks", e.Chunks)
	l.add("elapsed", duration(e.Duration))
	l.add("throughput", rate(averageRate(e)))
	var slowest []string
	chunks := r.slowest.list()
	for _, c := range chunks {
		slowest = append(slowest, fmt.Sprintf("#%d:%s", c.Chunk, duration(c.Duration)))
	}
	if len(slowest) > 0 {
		l.add("slowest", strings.Join(slowest, ","))
		if chunks[0].name != "" {
			l.add("slowest_name", chunks[0].name)
		}
	}
	var counters []string
	for _, v := range e.Custom {
		counters = append(counters, fmt.Sprintf("%s:%d", plaintext.Clean(v.Name, maxName), v.Value))
	}
	if len(counters) > 0 {
		l.add("counters", strings.Join(counters, ","))
	}
	if shares := sortedShares(r); len(shares) > 0 {
		l.addInt("workers", len(shares))
		l.add("busy", formatRange(shares, func(s workerShare) int { return r.busyPercent(s) }, "%"))
		l.add("worker_items", formatRange(shares, func(s workerShare) int { return s.items }, ""))
	}
	p.addPage(l)
	return l.line()
}

func (p *plainRenderer) addPage(l *logfmt) {
	if url := p.page.url(); url != "" {
		l.add("page", url)
	}
}

func suppressedLine(c outcomeCounts) string {
	var l logfmt
	l.add("state", "done")
	l.addInt("runs", c.runs)
	l.addInt("ok", c.ok)
	l.addInt("partial", c.partial)
	l.addInt("failed", c.failed)
	l.addInt("canceled", c.canceled)
	return l.line()
}

// logfmt is a line of key=value pairs. The values have no control characters.
type logfmt struct{ b strings.Builder }

func newLogfmt(r *run, state string) *logfmt {
	var l logfmt
	l.add("executor", r.name)
	l.add("run", r.id)
	l.add("state", state)
	return &l
}

func (l *logfmt) add(key, value string) {
	if value == "" || strings.ContainsAny(value, ` "=\`) {
		value = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	l.b.WriteString(" " + key + "=" + value)
}

func (l *logfmt) addInt(key string, n int) { l.add(key, strconv.Itoa(n)) }

func (l *logfmt) line() string { return "chunkscope" + l.b.String() + "\n" }
