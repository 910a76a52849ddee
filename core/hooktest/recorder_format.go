package hooktest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
)

// maxText is how much of a user's text a line shows, in bytes.
const maxText = 200

// formatEvent formats an event as one line. With several workers, which of them
// takes a chunk depends on chance: the line has it only if withWorker is set.
func formatEvent(e Event, withWorker bool) string {
	l := line{withWorker: withWorker}
	l.add("%s", e.Moment)
	switch v := e.Value.(type) {
	case core.RunStart:
		l.add(" %s items=%s workers=%d", quote(v.Executor), count(v.Items), v.Workers)
		if len(v.Attrs) > 0 {
			l.add(" attrs=%s", quote(fmt.Sprint(v.Attrs)))
		}
	case core.RunEnd:
		l.add(" %s %s done=%d/%s", quote(v.Executor), v.Outcome, v.ItemsDone, count(v.Items))
		l.failed(v.ItemsFailed)
		l.add(" chunks=%d", v.Chunks)
		if v.ChunksFailed != 0 {
			l.add(" chunks_failed=%d", v.ChunksFailed)
		}
		l.custom(v.Custom)
		l.err(v.Err)
	case core.WorkerStart:
		l.add(" worker=%d", v.Worker)
	case core.WorkerEnd:
		l.add(" worker=%d", v.Worker)
		if withWorker {
			l.add(" chunks=%d items=%d", v.Chunks, v.Items)
		}
	case core.ChunkStart:
		l.chunk(v)
	case core.ChunkEnd:
		l.chunk(v.ChunkStart)
		l.chunkEnd(v)
	case core.ItemFailure:
		l.add(" #%d", v.Chunk)
		if v.Items == 1 {
			l.add(" item %d", v.Index)
		} else {
			l.add(" items %s", itemRange(v.Index, v.Items))
		}
		l.name(v.Name)
		l.worker(v.Worker)
		l.add(" %s", v.Outcome)
		l.err(v.Err)
	case core.Progress:
		l.add(" done=%d/%s", v.ItemsDone, count(v.Items))
		l.failed(v.ItemsFailed)
		l.add(" chunks=%d active=%d", v.Chunks, v.ChunksActive)
		if v.ChunksWaiting > 0 {
			l.add(" waiting=%d", v.ChunksWaiting)
		}
		if v.OldestChunk.Name != "" {
			l.add(" oldest=#%d", v.OldestChunk.Chunk)
			l.name(v.OldestChunk.Name)
		}
	case core.Anomaly:
		l.add(" %s", quote(string(v.Kind)))
		if v.Over {
			l.add(" over")
		}
		if v.Chunk >= 0 {
			l.add(" #%d", v.Chunk)
		}
		if v.Worker >= 0 {
			l.worker(v.Worker)
		}
		l.add(" %s", quote(v.Message))
	case core.Fault:
		l.add(" of %s in %s: %s", quote(v.Hook), v.Moment, quote(string(v.Kind)))
		if v.Value != nil {
			l.add(" %s", quote(textOf(v.Value)))
		}
	}
	return l.String()
}

// line builds a line.
type line struct {
	strings.Builder
	withWorker bool
}

func (l *line) add(format string, args ...any) { fmt.Fprintf(l, format, args...) }

func (l *line) worker(w int) {
	if l.withWorker {
		l.add(" worker=%d", w)
	}
}

func (l *line) failed(n int) {
	if n != 0 {
		l.add(" failed=%d", n)
	}
}

func (l *line) chunk(c core.ChunkStart) {
	l.add(" #%d %s", c.Chunk, itemRange(c.Offset, c.Items))
	l.worker(c.Worker)
}

func (l *line) chunkEnd(e core.ChunkEnd) {
	l.add(" %s", e.Outcome)
	if e.ItemsDone != e.Items {
		l.add(" done=%d", e.ItemsDone)
	}
	if e.Returned > 0 {
		l.add(" returned=%d", e.Returned)
	}
	l.failed(e.ItemsFailed)
	if e.Attempts > 1 {
		l.add(" attempts=%d", e.Attempts)
	}
	if e.RemoteWorker != "" {
		l.add(" remote=%s", quote(e.RemoteWorker))
	}
	if e.WorkersLost > 0 {
		l.add(" lost=%d", e.WorkersLost)
	}
	if e.Poison {
		l.add(" poison")
	}
	l.custom(e.Custom)
	l.err(e.Err)
}

func (l *line) name(name string) {
	if name != "" {
		l.add(" name=%s", quote(name))
	}
}

// custom adds the user's counters.
func (l *line) custom(values []core.CounterValue) {
	for _, v := range values {
		l.add(" %s=%d", quote(v.Name), v.Value)
	}
}

func (l *line) err(err error) {
	if err != nil {
		l.add(" %s", quote(textOf(err)))
	}
}

func itemRange(offset, items int) string { return fmt.Sprintf("[%d:%d)", offset, offset+items) }

func count(n int) string {
	if n < 0 {
		return "unknown"
	}
	return strconv.Itoa(n)
}

// textOf formats a value as fmt.Sprint does. It survives methods of the value that
// panic or call runtime.Goexit.
func textOf(value any) (text string) {
	if guard.Call(func() error { text = fmt.Sprint(value); return nil }) != nil {
		return fmt.Sprintf("(formatting a %T failed)", value)
	}
	return text
}

// quote quotes a text and cuts it, so that it stays in its line.
func quote(s string) string {
	if len(s) <= maxText {
		return strconv.Quote(s)
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "…"
}
