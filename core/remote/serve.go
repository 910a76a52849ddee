package remote

import (
	"context"
	"maps"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/chunkctx"
)

// Served is a chunk of a run in another process.
type Served struct {
	// Info identifies the chunk and its run: what core.ChunkFrom returned there.
	Info core.ChunkInfo
	// Attempt is the number of this attempt at the chunk, from 1. 0 stands for 1.
	Attempt int
	// Progress gets what core.ReportProgress reports: how many items are done. It is
	// called where that grows, concurrently if reports come so; of two calls at once the
	// larger number counts. The default, nil, drops it.
	Progress func(done int)
	// Counters gets what is added to the counters of core.NewCounter, by their names. n
	// is at least 1. It is called for each Add, concurrently if they come so. Sum up, and
	// let the run's process add the sums of the attempt that counts. The default, nil,
	// drops them.
	Counters func(name string, n int64)
}

// Serve returns a context for work on a chunk of another process's run. core.ChunkFrom
// and core.RunFrom return that chunk and its run, as loggers do that ask them.
// core.ReportProgress and the counters go to the functions of s. A run that is started
// with the context is a run of its own, as it is in a chunk of this process. Serve clones
// the attributes of the run.
func Serve(ctx context.Context, s Served) context.Context {
	s.Info.Run.Attrs = maps.Clone(s.Info.Run.Attrs)
	return &servedContext{Context: ctx, served: s}
}

// Attempt returns the number of the attempt at the chunk of ctx, from 1: that given to
// Serve, and 1 in a chunk of this process. Outside of chunks it is 0.
func Attempt(ctx context.Context) int {
	switch c := ctx.Value(chunkctx.ChunkKey{}).(type) {
	case *servedContext:
		return max(1, c.served.Attempt)
	case chunkctx.Reporter:
		return 1
	}
	return 0
}

// servedContext is the context of Serve, and the chunk and the run in it.
type servedContext struct {
	context.Context
	served Served
	done   atomic.Int64 // items, as the last report said
}

// Value implements [context.Context].
func (c *servedContext) Value(key any) any {
	switch key {
	case chunkctx.ChunkKey{}, chunkctx.RunKey{}:
		return c
	}
	return c.Context.Value(key)
}

// ChunkInfo returns the chunk, for core.
func (c *servedContext) ChunkInfo() core.ChunkInfo {
	info := c.served.Info
	info.Run.Attrs = maps.Clone(info.Run.Attrs)
	return info
}

// ReportProgress passes on progress, for core.
func (c *servedContext) ReportProgress(done int) {
	if done > c.served.Info.Items || c.served.Progress == nil {
		return
	}
	for {
		before := c.done.Load()
		if int64(done) <= before {
			return
		}
		if c.done.CompareAndSwap(before, int64(done)) {
			c.served.Progress(done)
			return
		}
	}
}

// AddCounter passes on a counter, for core.
func (c *servedContext) AddCounter(name string, n int64) {
	if c.served.Counters != nil {
		c.served.Counters(name, n)
	}
}
