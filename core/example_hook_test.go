package core_test

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// tally is a hook of one's own: it counts items. Workers call it all at once,
// so it adds atomically.
type tally struct{ ok, failed atomic.Int64 }

// These lines do not compile when a method's signature is slightly wrong, which
// would otherwise just never be called.
var (
	_ core.HookChunkEnd = (*tally)(nil)
	_ core.HookRunEnd   = (*tally)(nil)
)

func (*tally) HookName() string { return "tally" }

func (t *tally) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	t.ok.Add(int64(e.ItemsDone - e.ItemsFailed))
	t.failed.Add(int64(e.ItemsFailed))
}

func (t *tally) OnRunEnd(_ context.Context, e core.RunEnd) {
	fmt.Printf("%s: %v, %d ok, %d failed\n", e.Executor, e.Outcome, t.ok.Load(), t.failed.Load())
}

// How to write a hook: a name, and a method for each moment that it wants.
func ExampleHook() {
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(new(tally))
	_ = core.ForEach(context.Background(), exec, make([]int, 1000), func(context.Context, int) error { return nil })
	// Output: import: ok, 1000 ok, 0 failed
}
