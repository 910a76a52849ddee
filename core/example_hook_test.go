package core_test

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// tally is a hook that counts items. It adds atomically, because workers call it
// concurrently.
type tally struct{ ok, failed atomic.Int64 }

// These lines do not compile if a method has a wrong signature. Without them such a
// method would never be called.
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

// A hook has a name, and a method for each moment that it observes.
func ExampleHook() {
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(new(tally))
	_ = core.ForEach(context.Background(), exec, make([]int, 1000), func(context.Context, int) error { return nil })
	// Output: import: ok, 1000 ok, 0 failed
}
