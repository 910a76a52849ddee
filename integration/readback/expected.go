package readback

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// Expected has the facts that follow from recorded events.
type Expected struct {
	Facts
	Addends map[string]float64 // number of durations in a sum
}

// NewExpected computes the facts from what was recorded so far.
func NewExpected(rec *hooktest.Recorder) *Expected {
	l := &Expected{Facts: Facts{}, Addends: map[string]float64{}}
	for _, e := range rec.Events() {
		switch e := e.Value.(type) {
		case core.RunStart:
			l.add("active.runs", 1)
			l.add("active.items", float64(max(e.Items, 0)))
		case core.RunEnd:
			l.runEnd(e)
		case core.WorkerEnd:
			l.addDuration("seconds.workers", e.Busy)
		case core.ChunkEnd:
			l.add("chunks/"+e.Outcome.String(), 1)
			l.add("total.chunks", 1)
			if e.Outcome.Failed() {
				l.add("total.chunks_failed", 1)
			}
			l.add("items/ok", float64(e.ItemsDone-e.ItemsFailed))
			l.add("total.items", float64(e.ItemsDone-e.ItemsFailed))
			l.add("sizes", float64(e.Items))
			l.addDuration("seconds.chunks", e.Duration)
			for _, v := range e.Custom {
				l.add("counter/"+v.Name, float64(v.Value))
			}
		case core.ItemFailure:
			l.add("items/"+e.Outcome.String(), float64(e.Items))
			l.add("total.items", float64(e.Items))
			l.add("total.items_failed", float64(e.Items))
			l.add("failures/"+errorType(e.Err), 1)
			l.add("failed/"+errorType(e.Err), float64(e.Items))
		}
	}
	return l
}

func (l *Expected) runEnd(e core.RunEnd) {
	l.add("active.runs", -1)
	l.add("active.items", -float64(max(e.Items, 0)))
	l.addRun(run{
		id: e.RunID, outcome: e.Outcome.String(), items: e.ItemsDone, failed: e.ItemsFailed,
		chunks: e.Chunks, chunksFailed: e.ChunksFailed, seconds: e.Duration.Seconds(),
	})
	l.Addends["seconds.runs"]++
	l.Addends["run.seconds/"+e.RunID]++
	if e.Outcome.Failed() && e.ItemsFailed == 0 { // the source of a stream failed; it is not an item
		l.add("failures/"+errorType(e.Err), 1)
	}
}

func (l *Expected) addDuration(name string, d time.Duration) {
	l.add(name, d.Seconds())
	l.Addends[name]++
}

// errorType is the type under which back ends report an error of the jobs here.
func errorType(err error) string {
	var (
		panicked *core.PanicError
		slow     throttled
		path     *fs.PathError
	)
	switch {
	case errors.As(err, &panicked):
		return "panic"
	case errors.Is(err, core.ErrGoexit):
		return "goexit"
	case errors.As(err, &slow):
		return "throttled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.As(err, &path):
		return "fs.PathError"
	}
	return "errors.errorString"
}
