package remote

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/internal/chunkctx"
)

// Result is what Report says about the work on a chunk.
type Result struct {
	// Worker names the process or host that did the work. It reaches spans, logs, the
	// terminal and the page, never a metric.
	Worker string
	// Attempts is the number of attempts at the chunk, the successful one included. 0
	// stands for 1.
	Attempts int
	// Took is how long the work took, on the other side's clock. With 0, the work began
	// at the last Started.
	Took time.Duration
	// Lost is how many remote workers were lost with the chunk since the last report.
	Lost int
	// Poison says that the chunk was given up, as workers were lost with it again and
	// again.
	Poison bool
}

// Waiting reports that the chunk of ctx waits from now on: it is in a queue, or its
// worker was lost.
func Waiting(ctx context.Context) {
	if c := reporter(ctx); c != nil {
		c.Waiting()
	}
}

// Started reports that the work on the chunk of ctx begins now: it has waited until now.
// Of several calls the last counts, as what an attempt did before is lost.
func Started(ctx context.Context) {
	if c := reporter(ctx); c != nil {
		c.Started()
	}
}

// Report reports about the work on the chunk of ctx. Of several reports, the last value
// above zero counts for Worker, Attempts and Took; Lost is added up. Other values change
// nothing.
func Report(ctx context.Context, r Result) {
	if c := reporter(ctx); c != nil {
		c.Report(chunkctx.Report(r))
	}
}

// reporter returns the chunk of a run in this process, nil if there is none.
func reporter(ctx context.Context) chunkctx.Reporter {
	c, _ := ctx.Value(chunkctx.ChunkKey{}).(chunkctx.Reporter)
	return c
}
