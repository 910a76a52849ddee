package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// queueHook stands for a hook that sends in the background, as statsdhook does.
type queueHook struct{ waiting int }

func (*queueHook) HookName() string                        { return "queuehook" }
func (q *queueHook) OnRunEnd(context.Context, core.RunEnd) { q.waiting++ }
func (q *queueHook) Shutdown(context.Context) error {
	fmt.Println("sent", q.waiting)
	return nil
}

// The creator of hooks shuts them down when the last run has ended.
func ExampleShutdownAll() {
	hook := core.MultiHook(&queueHook{}, core.OnRunEnd(func(core.RunEnd) {}))
	exec := core.NewExecutor()
	exec.Register(hook)
	_ = core.ForEach(context.Background(), exec, []int{1, 2}, func(context.Context, int) error { return nil })
	if err := core.ShutdownAll(context.Background(), hook); err != nil {
		fmt.Println(err)
	}
	// Output: sent 1
}
