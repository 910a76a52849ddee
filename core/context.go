package core

import (
	"context"
	"maps"
)

// RunInfo tells which run something belongs to.
type RunInfo struct {
	// Executor is the executor's name; WithRun ignores it.
	Executor string
	// ID identifies the run. WithRun with an empty ID leaves the choice to the
	// executor.
	ID string
	// Attrs are the caller's own attributes: a tenant, a source, a date.
	Attrs map[string]string
}

// ChunkInfo tells which chunk something belongs to.
type ChunkInfo struct {
	// Run is the run that the chunk is part of.
	Run RunInfo
	// Index counts the chunks of the run from 0; Offset is the index of the
	// chunk's first item, Items its length.
	Index, Offset, Items int
}

// WithRun returns a context for one run whose id and attributes the caller
// chooses. They reach spans, logs and messages, never metrics. Attrs is
// cloned. Runs inside that run have ids of their own.
func WithRun(ctx context.Context, info RunInfo) context.Context {
	info.Executor = ""
	info.Attrs = maps.Clone(info.Attrs)
	return context.WithValue(ctx, runKey{}, &wanted{info, runOf(ctx)})
}

// wanted is what WithRun asked for.
type wanted struct {
	info   RunInfo
	inside *run // the run it was asked for in, if any
}

// runOf returns the run whose user code or hook ctx was made for, nil if there
// is none.
func runOf(ctx context.Context) *run {
	switch v := ctx.Value(runKey{}).(type) {
	case *run:
		return v
	case *wanted:
		return v.inside
	}
	return nil
}

// RunFrom returns the run that ctx belongs to, in user code and hooks, or the
// one prepared with WithRun; false if there is neither. Attrs is the caller's
// to keep.
func RunFrom(ctx context.Context) (RunInfo, bool) {
	switch v := ctx.Value(runKey{}).(type) {
	case *run:
		return v.info(), true
	case *wanted:
		info := v.info
		info.Attrs = maps.Clone(info.Attrs)
		return info, true
	}
	return RunInfo{}, false
}

// ChunkFrom returns the chunk that ctx belongs to, in user code and chunk
// hooks; false elsewhere. The context of a chunk is good until its function
// returns: after that it may tell of a later chunk.
func ChunkFrom(ctx context.Context) (ChunkInfo, bool) {
	w, ok := ctx.Value(chunkKey{}).(*worker)
	if !ok {
		return ChunkInfo{}, false
	}
	return w.info(), true
}

// ReportProgress tells how many items of the chunk are done so far, inside a
// function of MapChunks, ForEachChunk, StreamChunks or Run.Chunk. A value lower
// than before, or above the chunk's length, changes nothing. It is safe for
// concurrent use and does nothing elsewhere: Map, ForEach and Stream count their
// items themselves.
func ReportProgress(ctx context.Context, done int) {
	if w, ok := ctx.Value(chunkKey{}).(*worker); ok && w.run.whole {
		w.report(int64(done))
	}
}

// ReportChunk tells which remote worker did the chunk and how often it was
// tried, for the chunk's end event. An empty name or attempts below 1 change
// nothing. It is safe for concurrent use and does nothing outside a chunk.
func ReportChunk(ctx context.Context, remoteWorker string, attempts int) {
	w, ok := ctx.Value(chunkKey{}).(*worker)
	if !ok {
		return
	}
	for {
		said := w.remote.Load()
		next := remote{attempts: 1}
		if said != nil {
			next = *said
		}
		if remoteWorker != "" {
			next.worker = remoteWorker
		}
		if attempts >= 1 {
			next.attempts = attempts
		}
		if w.remote.CompareAndSwap(said, &next) {
			return
		}
	}
}

// Propagator carries what belongs to a context, a trace for instance, to
// another process and back as pairs of strings. Both methods must be safe for
// concurrent use.
type Propagator interface {
	// Inject calls set for each pair that stands for ctx.
	Inject(ctx context.Context, set func(k, v string))
	// Extract returns ctx with what the pairs stand for; get returns an empty
	// string for a key that is not there.
	Extract(ctx context.Context, get func(k string) string) context.Context
}

type (
	runKey   struct{}
	chunkKey struct{}
)

// runContext makes the run known below it.
type runContext struct {
	context.Context
	run *run
}

func (c *runContext) Value(key any) any {
	if key == (runKey{}) {
		return c.run
	}
	return c.Context.Value(key)
}

// chunkContext makes the worker, and so its chunk, known below it.
type chunkContext struct {
	context.Context
	worker *worker
}

func (c *chunkContext) Value(key any) any {
	switch key {
	case chunkKey{}:
		return c.worker
	case runKey{}:
		return c.worker.run
	}
	return c.Context.Value(key)
}

// valuesContext has the values of a context that a hook returned and the
// cancellation of the run. The values come without their own cancellation, so
// that the context package finds the run's behind them: children of it need
// no goroutine, and context.Cause tells the run's cause.
type valuesContext struct {
	context.Context
	values context.Context
}

func (c *valuesContext) Value(key any) any {
	if v := c.values.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}

// adopt returns what goes on after a start hook was given prev, which ends
// with until, and returned next.
func adopt(prev, next, until context.Context) context.Context {
	if c, ok := next.(*chunkContext); ok && c == prev {
		return next // the usual case, and cheaper than what follows
	}
	return wrap(prev, next, until.Done())
}

func wrap(prev, next context.Context, done <-chan struct{}) context.Context {
	switch {
	case next == nil:
		return prev
	case done != nil && next.Done() == done: // nil channels are all alike and tell nothing
		return next
	}
	return &valuesContext{prev, context.WithoutCancel(next)}
}
