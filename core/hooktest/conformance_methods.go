package hooktest

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

// hookMethod is a method of a hook for one moment.
type hookMethod struct {
	name   string
	moment core.Moment
	call   func(ctx context.Context, events eventSet) (next context.Context) // nil except for start hooks
}

// methodsOf returns the methods that h implements, in the order of a run.
func methodsOf(h core.Hook) []hookMethod {
	var all []hookMethod
	addStart := func(name string, moment core.Moment, call func(context.Context, eventSet) context.Context) {
		all = append(all, hookMethod{name, moment, call})
	}
	add := func(name string, moment core.Moment, call func(context.Context, eventSet)) {
		addStart(name, moment, func(ctx context.Context, events eventSet) context.Context {
			call(ctx, events)
			return nil
		})
	}
	if h, ok := core.HookAs[core.HookRunStart](h); ok {
		addStart("OnRunStart", core.MomentRunStart, func(ctx context.Context, events eventSet) context.Context { return h.OnRunStart(ctx, events.runStart) })
	}
	if h, ok := core.HookAs[core.HookWorkerStart](h); ok {
		add("OnWorkerStart", core.MomentWorkerStart, func(ctx context.Context, events eventSet) { h.OnWorkerStart(ctx, events.workerStart) })
	}
	if h, ok := core.HookAs[core.HookChunkStart](h); ok {
		addStart("OnChunkStart", core.MomentChunkStart, func(ctx context.Context, events eventSet) context.Context {
			return h.OnChunkStart(ctx, events.chunkStart)
		})
	}
	if h, ok := core.HookAs[core.HookItemFailure](h); ok {
		add("OnItemFailure", core.MomentItemFailure, func(ctx context.Context, events eventSet) { h.OnItemFailure(ctx, events.itemFailure) })
	}
	if h, ok := core.HookAs[core.HookChunkEnd](h); ok {
		add("OnChunkEnd", core.MomentChunkEnd, func(ctx context.Context, events eventSet) { h.OnChunkEnd(ctx, events.chunkEnd) })
	}
	if h, ok := core.HookAs[core.HookProgress](h); ok {
		add("OnProgress", core.MomentProgress, func(ctx context.Context, events eventSet) { h.OnProgress(ctx, events.progress) })
	}
	if h, ok := core.HookAs[core.HookAnomaly](h); ok {
		add("OnAnomaly", core.MomentAnomaly, func(ctx context.Context, events eventSet) { h.OnAnomaly(ctx, events.anomaly) })
	}
	if h, ok := core.HookAs[core.HookFault](h); ok {
		add("OnFault", core.MomentFault, func(ctx context.Context, events eventSet) { h.OnFault(ctx, events.fault) })
	}
	if h, ok := core.HookAs[core.HookWorkerEnd](h); ok {
		add("OnWorkerEnd", core.MomentWorkerEnd, func(ctx context.Context, events eventSet) { h.OnWorkerEnd(ctx, events.workerEnd) })
	}
	if h, ok := core.HookAs[core.HookRunEnd](h); ok {
		add("OnRunEnd", core.MomentRunEnd, func(ctx context.Context, events eventSet) { h.OnRunEnd(ctx, events.runEnd) })
	}
	return all
}
