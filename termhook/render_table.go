package termhook

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// The columns of a line, from left to right.
const (
	colName = iota
	colBar
	colPercent
	colDone
	colRate
	colEta
	colFailed
	colActive
	columnCount
)

const (
	narrowTerminal = 40 // below this width one space separates two columns
	minName        = 4
	maxNameColumns = 24
	minBar         = 10
	maxBar         = 40

	rateWidth = len("12.4k/s")
	etaWidth  = len("eta 41s-1m10s")
)

// columnDropOrder are the columns to leave out if a line is too wide, the first
// one first. The others stay, and the line is cut.
var columnDropOrder = [...]int{colActive, colRate, colDone, colBar}

// table lays out the lines of several runs in columns.
type table struct {
	style style
	ascii bool
	rows  []row
}

type row struct {
	cells     [columnCount]string
	colors    [columnCount]string
	ratio     float64 // done items in the bar; negative for no bar
	doneWidth int     // that colDone needs at the end of the run
}

func (t *table) add(name string, s *status) {
	r := row{ratio: -1}
	r.cells[colName] = name
	r.cells[colRate] = rate(s.Throughput)
	r.cells[colActive] = fmt.Sprintf("w %d", s.ChunksActive)
	if s.workers > 0 {
		r.cells[colActive] += fmt.Sprintf("/%d", s.workers)
	}
	if s.ChunksWaiting > 0 {
		r.cells[colActive] += fmt.Sprintf(" +%d waiting", s.ChunksWaiting)
	}
	if s.ItemsFailed > 0 {
		r.cells[colFailed] = "fail " + decimal(s.ItemsFailed)
		r.colors[colFailed] = red
	}
	if p, ok := s.Percent(); ok {
		r.ratio = p / 100
		r.cells[colPercent] = percent(p)
		r.cells[colDone] = decimal(s.ItemsDone) + "/" + decimal(s.Items)
		r.doneWidth = 2*len(decimal(s.Items)) + 1
	} else {
		r.cells[colDone] = decimal(s.ItemsDone) + " items"
	}
	switch {
	case s.stalledFor > 0:
		r.cells[colEta] = "stalled " + duration(s.stalledFor)
		r.colors[colEta] = yellow
	case s.Items < 0:
		r.cells[colEta] = "for " + duration(s.Elapsed)
	case s.ItemsDone >= s.Items:
	case s.estimate.Known:
		low, high, single := formatEstimate(s.estimate)
		if !single {
			low += "-" + high
		}
		r.cells[colEta] = "eta " + low
	default:
		r.cells[colEta] = "estimating"
	}
	t.rows = append(t.rows, r)
}

// lines returns a line for each row, at most width columns wide.
func (t *table) lines(width int) []string {
	gap := 2
	if width < narrowTerminal {
		gap = 1
	}
	widths := t.widths(width, gap)
	lines := make([]string, len(t.rows))
	for i := range t.rows {
		lines[i] = t.line(&t.rows[i], widths, width, gap)
	}
	return lines
}

// widths returns the width of each column, 0 for those left out. A column that
// grows during a run has its final width from the start, so that nothing jumps.
func (t *table) widths(width, gap int) (widths [columnCount]int) {
	for _, r := range t.rows {
		for c, cell := range r.cells {
			widths[c] = max(widths[c], runewidth.StringWidth(cell))
		}
		if r.ratio >= 0 {
			widths[colBar] = minBar
			widths[colDone] = max(widths[colDone], r.doneWidth)
		}
	}
	widths[colName] = min(widths[colName], maxNameColumns)
	widths[colRate] = max(widths[colRate], rateWidth)
	for _, c := range columnDropOrder {
		if totalWidth(widths, gap) <= width {
			break
		}
		widths[c] = 0
	}
	if widths[colBar] > 0 {
		spare := width - totalWidth(widths, gap)
		reserve := min(spare, max(0, etaWidth-widths[colEta]))
		widths[colEta] += reserve
		widths[colBar] = min(maxBar, widths[colBar]+spare-reserve)
	}
	// The name is cut to make room, and left out if there is one run only.
	if over := totalWidth(widths, gap) - width; over > 0 {
		widths[colName] = max(minName, widths[colName]-over)
		if totalWidth(widths, gap) > width && len(t.rows) == 1 {
			widths[colName] = 0
		}
	}
	return widths
}

func totalWidth(widths [columnCount]int, gap int) int {
	sum := -gap
	for _, w := range widths {
		if w > 0 {
			sum += w + gap
		}
	}
	return sum
}

func (t *table) line(r *row, widths [columnCount]int, width, gap int) string {
	var b strings.Builder
	left := width
	for c, w := range widths {
		if w == 0 || left <= 0 {
			continue
		}
		if left < width {
			b.WriteString(strings.Repeat(" ", min(gap, left)))
			left -= min(gap, left)
		}
		text := r.cells[c]
		if c == colBar {
			text = t.bar(r.ratio, w)
		}
		w = min(w, left)
		text = truncate(text, w, t.ascii)
		pad := strings.Repeat(" ", w-runewidth.StringWidth(text))
		left -= w
		text = t.style.paint(r.colors[c], text)
		switch c {
		case colPercent, colDone, colRate: // numbers are aligned to the right
			b.WriteString(pad + text)
		default:
			b.WriteString(text + pad)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// bar draws the ratio of done items, in eighths of a column except in ASCII.
func (t *table) bar(ratio float64, width int) string {
	if ratio < 0 {
		return ""
	}
	if t.ascii {
		full := int(ratio * float64(width))
		return strings.Repeat("#", full) + strings.Repeat("-", width-full)
	}
	eighths := int(ratio * float64(width) * 8)
	full := eighths / 8
	b := strings.Repeat("█", full)
	if part := eighths % 8; part > 0 {
		b += string([]rune("▏▎▍▌▋▊▉")[part-1])
		full++
	}
	return b + strings.Repeat("·", width-full)
}

// truncate cuts text to a width.
func truncate(text string, width int, ascii bool) string {
	tail := "…"
	if ascii {
		tail = "~"
	}
	return runewidth.Truncate(text, width, tail)
}
