package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to observe a run with a plain function. The last progress always comes; a short
// run has no other.
func ExampleOnProgress() {
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(core.OnProgress(func(p core.Progress) {
		percent, known := p.Percent() // false for streams, which know no total
		fmt.Printf("%.0f%% (%v): %d of %d, %d failed\n", percent, known, p.ItemsDone, p.Items, p.ItemsFailed)
	}))
	_ = core.ForEach(context.Background(), exec, make([]int, 250), func(context.Context, int) error { return nil })
	// Output: 100% (true): 250 of 250, 0 failed
}
