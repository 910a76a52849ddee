package termhook

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	plainInterval = 5 * time.Second  // between any two lines that are not the last of a run
	plainEvery    = 30 * time.Second // between two lines of a run that goes on as it did
	plainStep     = 10               // percents of progress that are told sooner
)

// plain writes a line now and then.
type plain struct {
	last time.Time // when a line was written that is not the last of a run
}

func (f *plain) show(now time.Time, active, ended []*run, more tally) (string, []string) {
	var b strings.Builder
	for _, r := range ended {
		b.WriteString(lastLine(r))
	}
	if more.runs > 0 {
		b.WriteString(moreLine(more))
	}
	if now.Sub(f.last) >= plainInterval {
		if line := due(active); line != "" {
			b.WriteString(line)
			f.last = now
		}
	}
	return b.String(), nil
}

// due returns a line about the run that has waited longest for one.
func due(active []*run) string {
	var next *run
	var state status
	for _, r := range active {
		if !r.begun {
			r.begun = true
			return startLine(r)
		}
		s := r.status()
		if r.isDue(&s) && (next == nil || s.Elapsed-r.at > state.Elapsed-next.at) {
			next, state = r, s
		}
	}
	if next == nil {
		return ""
	}
	next.at, next.failed, next.stalled = state.Elapsed, state.ItemsFailed > 0, state.stalled > 0
	next.percent, _ = state.Percent()
	return runningLine(next, &state)
}

// isDue tells whether there is something to tell of a run.
func (r *run) isDue(s *status) bool {
	p, _ := s.Percent()
	return s.Elapsed-r.at >= plainEvery || p-r.percent >= plainStep && p < 100 ||
		s.ItemsFailed > 0 && !r.failed || (s.stalled > 0) != r.stalled
}

func startLine(r *run) string {
	l := newLine(r, "started")
	if r.items >= 0 {
		l.number("items", r.items)
	}
	if r.workers > 0 {
		l.number("workers", r.workers)
	}
	return l.end()
}

func runningLine(r *run, s *status) string {
	state := "running"
	if s.stalled > 0 {
		state = "stalled"
	}
	l := newLine(r, state)
	if s.stalled > 0 {
		l.add("stalled", duration(s.stalled))
	}
	if p, ok := s.Percent(); ok {
		l.number("percent", int(p))
	}
	l.number("done", s.ItemsDone)
	if s.Items >= 0 {
		l.number("items", s.Items)
	}
	l.number("failed", s.ItemsFailed)
	l.add("throughput", rate(s.Throughput))
	l.add("elapsed", duration(s.Elapsed))
	if s.remains.Known && s.ItemsDone < s.Items {
		low, high, one := forecast(s.remains)
		if !one {
			low += ".." + high
		}
		l.add("eta", low)
	}
	l.number("active", s.ChunksActive)
	if r.workers > 0 {
		l.number("workers", r.workers)
	}
	if s.oldest > 0 {
		l.add("oldest_chunk", duration(s.oldest))
	}
	return l.end()
}

// lastLine sums a run up, failures first.
func lastLine(r *run) string {
	e := r.ended
	l := newLine(r, "done")
	l.add("outcome", e.Outcome.String())
	l.number("failed", e.ItemsFailed)
	if texts, _ := failuresOf(r); len(texts) > 0 {
		l.add("error", texts[0])
	}
	l.number("done", e.ItemsDone)
	if e.Items >= 0 {
		l.number("items", e.Items)
	}
	l.number("chunks", e.Chunks)
	l.add("elapsed", duration(e.Duration))
	l.add("throughput", rate(averageRate(e)))
	var slowest []string
	for _, c := range r.slowest.list() {
		slowest = append(slowest, fmt.Sprintf("#%d:%s", c.Chunk, duration(c.Duration)))
	}
	if len(slowest) > 0 {
		l.add("slowest", strings.Join(slowest, ","))
	}
	if shares := sharesOf(r); len(shares) > 0 {
		l.number("workers", len(shares))
		l.add("busy", spread(shares, func(s share) int { return r.busy(s) }, "%"))
		l.add("worker_items", spread(shares, func(s share) int { return s.items }, ""))
	}
	return l.end()
}

func moreLine(t tally) string {
	var l logfmt
	l.add("state", "done")
	l.number("runs", t.runs)
	l.number("ok", t.ok)
	l.number("failed", t.failed)
	l.number("canceled", t.canceled)
	return l.end()
}

// logfmt is a line of key=value pairs. The values are clean.
type logfmt struct{ b strings.Builder }

func newLine(r *run, state string) *logfmt {
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

func (l *logfmt) number(key string, n int) { l.add(key, strconv.Itoa(n)) }

func (l *logfmt) end() string { return "chunkscope" + l.b.String() + "\n" }
