package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// announcer prints when it is called.
type announcer struct{ name string }

func (a announcer) HookName() string { return a.name }

func (a announcer) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	fmt.Println(a.name, "start")
	return ctx
}

func (a announcer) OnRunEnd(context.Context, core.RunEnd) { fmt.Println(a.name, "end") }

// Starts are called in the order of the hooks, ends in reverse.
func ExampleMultiHook() {
	all := core.MultiHook(announcer{"first"}, nil, announcer{"second"})

	exec := core.NewExecutor()
	exec.Register(all)
	_ = core.ForEach(context.Background(), exec, []int{1}, func(context.Context, int) error {
		fmt.Println("work")
		return nil
	})
	// Output:
	// first start
	// second start
	// work
	// second end
	// first end
}
