package termhook

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
)

const (
	maxShown  = 4 // runs with a line
	showAfter = 500 * time.Millisecond
)

// ttyRenderer shows runs in lines that are redrawn in place, and summaries above.
type ttyRenderer struct {
	config    *config
	style     style
	pageShown bool
}

func newTTYRenderer(c *config) *ttyRenderer { return &ttyRenderer{config: c, style: style(c.color)} }

func (t *ttyRenderer) render(_ time.Time, active, ended []*run, suppressed outcomeCounts) (string, []string) {
	columns, rows := t.config.size()
	block := t.block(active, columns, rows)
	var text strings.Builder
	if len(block) > 0 && !t.pageShown {
		if url := t.config.page.url(); url != "" {
			t.pageShown = true
			text.WriteString("page: " + url + "\n")
		}
	}
	for _, r := range ended {
		writeSummary(&text, r, columns, t.style, t.config.page)
	}
	if suppressed.runs > 0 {
		fmt.Fprintf(&text, "+%s more runs ended: %s ok, ", decimal(suppressed.runs), decimal(suppressed.ok))
		if suppressed.partial > 0 {
			fmt.Fprintf(&text, "%s partial, ", decimal(suppressed.partial))
		}
		fmt.Fprintf(&text, "%s failed, %s canceled\n", decimal(suppressed.failed), decimal(suppressed.canceled))
	}
	return text.String(), block
}

// block returns the lines of the active runs. Each is shorter than the terminal
// is wide, so that it does not wrap, and there are fewer of them than rows.
func (t *ttyRenderer) block(active []*run, columns, rows int) []string {
	if columns < 2 || rows < 2 {
		return nil
	}
	var shown []*run
	var states []status
	others := 0
	for _, r := range active {
		s := r.status()
		switch {
		case s.Elapsed < showAfter:
		case len(shown) == maxShown:
			others++
		default:
			shown = append(shown, r)
			states = append(states, s)
		}
	}
	if len(shown) == 0 {
		return nil
	}
	table := table{style: t.style, ascii: t.config.ascii}
	for i, r := range shown {
		table.add(nameAmong(r, shown), &states[i])
	}
	var block []string
	for i, line := range table.lines(columns - 1) {
		block = append(block, line)
		if s := &states[i]; s.oldestChunkAge > 0 && columns >= 40 {
			block = append(block, t.style.paint(yellow, truncate(oldestChunk(s), columns-1, t.config.ascii)))
		}
	}
	if others > 0 {
		block = append(block, truncate(fmt.Sprintf("+%s more runs", decimal(others)), columns-1, t.config.ascii))
	}
	return block[:min(len(block), rows-1)]
}

// nameAmong returns the name of a run, with its id if another one has the same
// name.
func nameAmong(r *run, others []*run) string {
	for _, o := range others {
		if o != r && o.name == r.name {
			return r.name + " " + runewidth.Truncate(r.id, 8, "")
		}
	}
	return r.name
}

func oldestChunk(s *status) string {
	text := "! a chunk has been running for " + duration(s.oldestChunkAge)
	if s.oldestName != "" {
		text = "! " + s.oldestName + " has been running for " + duration(s.oldestChunkAge)
	}
	if s.slowestChunk > 0 {
		text += ", the slowest before took " + duration(s.slowestChunk)
	}
	return text
}

// style is whether there are colors.
type style bool

// The colors are some of the eight that every terminal has.
const (
	plainColor = ""
	red        = "31"
	green      = "32"
	yellow     = "33"
)

func (s style) paint(color, text string) string {
	if !s || color == plainColor || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[m"
}
