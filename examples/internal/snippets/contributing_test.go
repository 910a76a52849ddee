package snippets

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

// Hook is the hook that CONTRIBUTING.md shows.
type Hook struct{}

var (
	_ core.HookRunStart = (*Hook)(nil)
	_ core.HookChunkEnd = (*Hook)(nil)
)

// HookName implements core.Hook.
func (*Hook) HookName() string { return "hook" }

// OnRunStart implements core.HookRunStart.
func (*Hook) OnRunStart(ctx context.Context, _ core.RunStart) context.Context { return ctx }

// OnChunkEnd implements core.HookChunkEnd.
func (*Hook) OnChunkEnd(context.Context, core.ChunkEnd) {}
