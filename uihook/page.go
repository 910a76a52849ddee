package uihook

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"
)

// The states of a hook's health.
const (
	healthGood   = "delivering"
	healthWaits  = "waiting"
	healthTrying = "failing"
	healthLoses  = "losing"
	healthFaulty = "faulty"
)

var shapes = map[string]string{
	stateRunning: "▶", stateStalled: "‖", "ok": "✓", "partial": "◐", "canceled": "■", "error": "✕", "panic": "✖",
	critical: "✖", warning: "▲", info: "●",
	healthGood: "✓", healthWaits: "○", healthTrying: "▲", healthLoses: "✕", healthFaulty: "✖",
}

var page = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"secs":     formatSeconds,
	"count":    formatCount,
	"big":      func(n uint64) string { return formatCount(int(n & (1<<63 - 1))) },
	"short":    formatShort,
	"rate":     formatRate,
	"long":     func(n int64) string { return formatCount(int(n)) },
	"pct":      func(ratio float64) string { return formatPercent(100 * ratio) },
	"part":     func(part, whole int) string { return formatPercent(100 * float64(part) / float64(max(whole, 1))) },
	"items":    formatItems,
	"worker":   formatWorker,
	"span":     formatSpan,
	"times":    formatTimes,
	"examples": formatExamples,
	"clock":    func(t time.Time) string { return t.Format("15:04:05") },
	"iso":      func(t time.Time) string { return t.Format(time.RFC3339) },
	"zone":     func(t time.Time) string { return t.Format("MST") },
	"shape":    func(state string) string { return shapes[state] },
	"health":   healthOf,
}).ParseFS(static, "static/page.html"))

// pageView is what the template shows: the snapshot, and its charts.
type pageView struct {
	*snapshot
	Running  bool
	Title    string
	Status   string // what a screen reader says when it changes
	Poll     int    // milliseconds
	Every    string
	Bar      *barView
	Chart    *chartView
	Times    *timesView
	Curves   *curvesView
	Compared []comparedRow
}

func renderPage(s *snapshot) ([]byte, string) {
	v := &pageView{snapshot: s, Running: s.running(), Title: "Chunkscope", Poll: 5000, Every: "5 s"}
	if v.Running {
		v.Poll, v.Every = 1000, "1 s"
	}
	if s.Compare != nil {
		v.Title = "Two runs"
		v.Curves, v.Compared = newCurves(s.Compare), newComparedRows(s.Compare)
	} else if run := s.Run; run != nil {
		v.Bar, v.Chart, v.Times = newBar(run), newChart(run), newTimes(run)
		v.Title = run.State + " " + run.Executor
		if v.Bar != nil && run.Ended == nil {
			v.Title = v.Bar.Percent + " " + run.Executor
		}
		v.Status = v.statusText()
	}
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		return []byte("the page cannot be shown: " + err.Error()), "text/plain; charset=utf-8" // a mistake in the template
	}
	return compact(b.Bytes()), htmlType
}

// statusText changes when the state or what needs attention does, not with numbers.
func (v *pageView) statusText() string {
	words := []string{v.Run.Executor + " is " + v.Run.State}
	for _, a := range v.Attention {
		words = append(words, a.Severity+" "+a.Alert)
	}
	return strings.Join(words, ", ")
}

// compact removes empty lines, which blocks of the template leave behind.
func compact(page []byte) []byte {
	kept := page[:0]
	for line := range bytes.Lines(page) {
		if len(bytes.TrimSpace(line)) > 0 {
			kept = append(kept, line...)
		}
	}
	return kept
}

// healthOf returns the state of a hook's health.
func healthOf(x exporterView) string {
	for _, n := range x.Dropped {
		if n > 0 {
			return healthLoses
		}
	}
	switch {
	case x.Faults > 0:
		return healthFaulty
	case x.Errors > 0:
		return healthTrying
	case x.Delivered == 0:
		return healthWaits
	}
	return healthGood
}

// formatSpan formats a range of time, as one time where its ends are close.
func formatSpan(low, high float64) string {
	a, b := formatSeconds(low), formatSeconds(high)
	if a == b || high < 1.15*low {
		return b
	}
	return a + " – " + b
}

func formatTimes(d, base float64) string {
	if base <= 0 {
		return "–"
	}
	return formatShort(d/base) + "×"
}

const shownExamples = 5 // of a kind; JSON has more

func formatExamples(f failureView) string {
	var texts []string
	items := 0
	for _, x := range f.Examples[:min(shownExamples, len(f.Examples))] {
		items += x.Items
		text := fmt.Sprint(x.Index)
		if x.Items > 1 {
			text = fmt.Sprintf("%d–%d", x.Index, x.Index+x.Items-1)
		}
		if x.Name != "" {
			text += " (" + x.Name + ")"
		}
		texts = append(texts, text)
	}
	if items < f.Items {
		texts = append(texts, "…")
	}
	return strings.Join(texts, ", ")
}
