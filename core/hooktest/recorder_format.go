package hooktest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
)

// maxText is how much of a foreign text a line shows, in bytes.
const maxText = 200

// describe makes one line of an event. Where more than one worker is at work,
// chance decides who takes which chunk; byWorker says whether to tell that too.
func describe(e Event, byWorker bool) string {
	d := description{byWorker: byWorker}
	d.add("%s", e.Moment)
	switch v := e.Value.(type) {
	case core.RunStart:
		d.add(" %s items=%s workers=%d", quote(v.Executor), count(v.Items), v.Workers)
		if len(v.Attrs) > 0 {
			d.add(" attrs=%s", quote(fmt.Sprint(v.Attrs)))
		}
	case core.RunEnd:
		d.add(" %s %s done=%d/%s", quote(v.Executor), v.Outcome, v.ItemsDone, count(v.Items))
		d.failed(v.ItemsFailed)
		d.add(" chunks=%d", v.Chunks)
		if v.ChunksFailed != 0 {
			d.add(" chunks_failed=%d", v.ChunksFailed)
		}
		d.err(v.Err)
	case core.WorkerStart:
		d.add(" worker=%d", v.Worker)
	case core.WorkerEnd:
		d.add(" worker=%d", v.Worker)
		if byWorker {
			d.add(" chunks=%d items=%d", v.Chunks, v.Items)
		}
	case core.ChunkStart:
		d.chunk(v)
	case core.ChunkEnd:
		d.chunk(v.ChunkStart)
		d.chunkEnd(v)
	case core.ItemFailure:
		d.add(" #%d", v.Chunk)
		if v.Items == 1 {
			d.add(" item %d", v.Index)
		} else {
			d.add(" items %s", span(v.Index, v.Items))
		}
		d.worker(v.Worker)
		d.add(" %s", v.Outcome)
		d.err(v.Err)
	case core.Progress:
		d.add(" done=%d/%s", v.ItemsDone, count(v.Items))
		d.failed(v.ItemsFailed)
		d.add(" chunks=%d active=%d", v.Chunks, v.ChunksActive)
	case core.Anomaly:
		d.add(" %s", quote(string(v.Kind)))
		if v.Over {
			d.add(" over")
		}
		if v.Chunk >= 0 {
			d.add(" #%d", v.Chunk)
		}
		if v.Worker >= 0 {
			d.worker(v.Worker)
		}
		d.add(" %s", quote(v.Message))
	case core.Fault:
		d.add(" of %s in %s: %s", quote(v.Hook), v.Moment, quote(string(v.Kind)))
		if v.Value != nil {
			d.add(" %s", quote(fmt.Sprint(v.Value)))
		}
	}
	return d.String()
}

// description is a line in the making.
type description struct {
	strings.Builder
	byWorker bool
}

func (d *description) add(format string, args ...any) { fmt.Fprintf(d, format, args...) }

func (d *description) worker(w int) {
	if d.byWorker {
		d.add(" worker=%d", w)
	}
}

func (d *description) failed(n int) {
	if n != 0 {
		d.add(" failed=%d", n)
	}
}

func (d *description) chunk(c core.ChunkStart) {
	d.add(" #%d %s", c.Chunk, span(c.Offset, c.Items))
	d.worker(c.Worker)
}

func (d *description) chunkEnd(e core.ChunkEnd) {
	d.add(" %s", e.Outcome)
	if e.ItemsDone != e.Items {
		d.add(" done=%d", e.ItemsDone)
	}
	d.failed(e.ItemsFailed)
	if e.Attempts > 1 {
		d.add(" attempts=%d", e.Attempts)
	}
	if e.RemoteWorker != "" {
		d.add(" remote=%s", quote(e.RemoteWorker))
	}
	d.err(e.Err)
}

func (d *description) err(err error) {
	if err != nil {
		d.add(" %s", quote(fmt.Sprint(err))) // Sprint survives an Error method that panics
	}
}

func span(offset, items int) string { return fmt.Sprintf("[%d:%d)", offset, offset+items) }

func count(n int) string {
	if n < 0 {
		return "unknown"
	}
	return strconv.Itoa(n)
}

// quote makes any text safe to show in a line of its own.
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
