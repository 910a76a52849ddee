package hooktest

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

// call is one moment of a hook, to be called by hand.
type call struct {
	method string
	moment core.Moment
	do     func(ctx context.Context, s sample) (next context.Context) // next is nil but for start hooks
}

// callsOf returns the moments that h implements, in the order of a run.
func callsOf(h core.Hook) []call {
	var all []call
	add := func(method string, moment core.Moment, do func(context.Context, sample) context.Context) {
		all = append(all, call{method, moment, do})
	}
	tell := func(method string, moment core.Moment, do func(context.Context, sample)) {
		add(method, moment, func(ctx context.Context, s sample) context.Context {
			do(ctx, s)
			return nil
		})
	}
	if h, ok := find[core.HookRunStart](h); ok {
		add("OnRunStart", core.MomentRunStart, func(ctx context.Context, s sample) context.Context { return h.OnRunStart(ctx, s.runStart) })
	}
	if h, ok := find[core.HookWorkerStart](h); ok {
		tell("OnWorkerStart", core.MomentWorkerStart, func(ctx context.Context, s sample) { h.OnWorkerStart(ctx, s.workerStart) })
	}
	if h, ok := find[core.HookChunkStart](h); ok {
		add("OnChunkStart", core.MomentChunkStart, func(ctx context.Context, s sample) context.Context { return h.OnChunkStart(ctx, s.chunkStart) })
	}
	if h, ok := find[core.HookItemFailure](h); ok {
		tell("OnItemFailure", core.MomentItemFailure, func(ctx context.Context, s sample) { h.OnItemFailure(ctx, s.itemFailure) })
	}
	if h, ok := find[core.HookChunkEnd](h); ok {
		tell("OnChunkEnd", core.MomentChunkEnd, func(ctx context.Context, s sample) { h.OnChunkEnd(ctx, s.chunkEnd) })
	}
	if h, ok := find[core.HookProgress](h); ok {
		tell("OnProgress", core.MomentProgress, func(ctx context.Context, s sample) { h.OnProgress(ctx, s.progress) })
	}
	if h, ok := find[core.HookAnomaly](h); ok {
		tell("OnAnomaly", core.MomentAnomaly, func(ctx context.Context, s sample) { h.OnAnomaly(ctx, s.anomaly) })
	}
	if h, ok := find[core.HookFault](h); ok {
		tell("OnFault", core.MomentFault, func(ctx context.Context, s sample) { h.OnFault(ctx, s.fault) })
	}
	if h, ok := find[core.HookWorkerEnd](h); ok {
		tell("OnWorkerEnd", core.MomentWorkerEnd, func(ctx context.Context, s sample) { h.OnWorkerEnd(ctx, s.workerEnd) })
	}
	if h, ok := find[core.HookRunEnd](h); ok {
		tell("OnRunEnd", core.MomentRunEnd, func(ctx context.Context, s sample) { h.OnRunEnd(ctx, s.runEnd) })
	}
	return all
}
