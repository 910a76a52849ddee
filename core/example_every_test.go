package core_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// How to get progress less often: once a minute, and at the end.
func ExampleEvery() {
	exec := core.NewExecutor()
	exec.Register(core.Every(time.Minute, core.OnProgress(func(p core.Progress) {
		fmt.Println(p.ItemsDone, "of", p.Items)
	})))
	_ = core.ForEach(context.Background(), exec, make([]int, 3000), func(context.Context, int) error { return nil })
	// Output: 3000 of 3000
}
