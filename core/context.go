package core

import (
	"context"
	"maps"
	"reflect"

	"github.com/chunkscope/chunkscope/internal/chunkctx"
)

// RunInfo identifies a run.
type RunInfo struct {
	// Executor is the executor's name; WithRun ignores it.
	Executor string
	// ID identifies the run. With an empty ID, WithRun leaves the choice to the
	// executor.
	ID string
	// Attrs are the caller's own attributes: a tenant, a source, a date.
	Attrs map[string]string
}

// ChunkInfo identifies a chunk.
type ChunkInfo struct {
	// Run is the run of the chunk.
	Run RunInfo
	// Index counts the chunks of the run from 0; Offset is the index of the
	// chunk's first item, Items its length.
	Index, Offset, Items int
	// FixedSize reports whether the chunk's borders are equal in every run over the
	// same items: WithChunkSize gives its size, and it did not stop waiting for items
	// because of WithLinger. It is false in runs of Executor.Start.
	FixedSize bool
	// Worker is the number of the worker that has the chunk.
	Worker int
}

// WithRun returns a context for one run with the caller's id and attributes. They
// reach spans, logs and messages, never metrics. WithRun clones Attrs. Runs inside
// that run have ids of their own.
func WithRun(ctx context.Context, info RunInfo) context.Context {
	info.Executor = ""
	info.Attrs = maps.Clone(info.Attrs)
	return context.WithValue(ctx, runKey{}, &runRequest{info, enclosingRun(ctx)})
}

// runRequest is the run that WithRun asked for.
type runRequest struct {
	info   RunInfo
	inside *run // the run that WithRun was called in, if any
}

// enclosingRun returns the run of the user code or hook that got ctx, nil if there
// is none.
func enclosingRun(ctx context.Context) *run {
	switch v := ctx.Value(runKey{}).(type) {
	case *run:
		return v
	case *runRequest:
		return v.inside
	}
	return nil
}

// RunFrom returns the run that ctx belongs to, in user code and hooks, or the
// one prepared with WithRun. It returns false if there is neither. The caller may
// keep Attrs.
func RunFrom(ctx context.Context) (RunInfo, bool) {
	switch v := ctx.Value(runKey{}).(type) {
	case *run:
		return v.info(), true
	case *runRequest:
		info := v.info
		info.Attrs = maps.Clone(info.Attrs)
		return info, true
	case servedChunk:
		return v.ChunkInfo().Run, true
	}
	return RunInfo{}, false
}

// ChunkFrom returns the chunk that ctx belongs to, in user code and chunk hooks, also
// where the run is in another process. It returns false elsewhere. The context of a
// chunk is valid until its function returns; after that, ChunkFrom may return a later
// chunk.
func ChunkFrom(ctx context.Context) (ChunkInfo, bool) {
	switch v := ctx.Value(chunkKey{}).(type) {
	case *worker:
		return v.info(), true
	case servedChunk:
		return v.ChunkInfo(), true
	}
	return ChunkInfo{}, false
}

// ReportProgress reports how many items of the chunk are done so far. It is for
// functions of MapChunks, ForEachChunk, StreamChunks and Run.Chunk, and does
// nothing elsewhere: Map, ForEach and Stream count their items themselves. A value
// lower than before, or above the chunk's length, changes nothing. It is safe for
// concurrent use.
func ReportProgress(ctx context.Context, done int) {
	switch v := ctx.Value(chunkKey{}).(type) {
	case *worker:
		if v.run.chunkFunc {
			v.report(int64(done))
		}
	case servedChunk:
		v.ReportProgress(done)
	}
}

// The keys of the run and the chunk of a context. Package remote has them too: its
// contexts have a chunk of another process there.
type (
	runKey   = chunkctx.RunKey
	chunkKey = chunkctx.ChunkKey
)

// runContext carries the run.
type runContext struct {
	context.Context
	run *run
}

func (c *runContext) Value(key any) any {
	switch key {
	case runKey{}:
		return c.run
	case chunkNameKey{}:
		return nil // the name of a chunk around this run
	}
	return c.Context.Value(key)
}

// chunkContext carries the worker, and so its chunk.
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

// valuesContext has the values of a context that a hook returned, and the
// cancellation of the run. The values come without their own cancellation, so that
// the context package finds the run's: children need no goroutine, and
// context.Cause returns the run's cause.
type valuesContext struct {
	context.Context
	values context.Context
}

// Value asks the hook's context. The run and the chunk are always those of the
// run: a hook may have returned the context of another one.
func (c *valuesContext) Value(key any) any {
	switch key {
	case chunkKey{}, runKey{}, chunkNameKey{}:
		return c.Context.Value(key)
	}
	if v := c.hookValue(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}

// hookValue survives a context of a hook's own that panics: a hook observes, and
// fails no item.
func (c *valuesContext) hookValue(key any) (v any) {
	defer func() {
		if recover() != nil {
			v = nil
		}
	}()
	return c.values.Value(key)
}

// mergeContext returns the context after a start hook that got prev and returned
// next. It ends with doneCtx, as prev does.
func mergeContext(prev, next, doneCtx context.Context) context.Context {
	if c, ok := next.(*chunkContext); ok && c == prev {
		return next // the usual case, and cheaper than what follows
	}
	return wrapValues(prev, next, doneCtx.Done())
}

func wrapValues(prev, next context.Context, done <-chan struct{}) context.Context {
	switch {
	case next == nil:
		return prev
	case done != nil && next.Done() == done && reflect.TypeOf(next) == valueCtxType && // nil channels are equal and prove nothing
		next.Value(chunkKey{}) == prev.Value(chunkKey{}):
		return next
	}
	return &valuesContext{prev, context.WithoutCancel(next)}
}

// valueCtxType is the type of context.WithValue's contexts, which almost all hooks
// return. A context of any other type may be user code.
var valueCtxType = reflect.TypeOf(context.WithValue(context.Background(), runKey{}, nil))
