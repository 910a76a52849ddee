package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to give a run an id and attributes. Spans, logs and messages have them, and user
// code gets them from its context.
func ExampleWithRun() {
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(core.OnRunStart(func(e core.RunStart) {
		fmt.Println("hook:", e.RunID, e.Attrs["tenant"])
	}))

	ctx := core.WithRun(context.Background(), core.RunInfo{
		ID:    "import-2026-11-25",
		Attrs: map[string]string{"tenant": "acme"},
	})
	_ = core.ForEach(ctx, exec, []int{1}, func(ctx context.Context, _ int) error {
		info, _ := core.RunFrom(ctx)
		fmt.Println("work:", info.Executor, info.ID, info.Attrs["tenant"])
		return nil
	})
	// Output:
	// hook: import-2026-11-25 acme
	// work: import import-2026-11-25 acme
}
