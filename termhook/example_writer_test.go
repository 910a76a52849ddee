package termhook_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// Log lines and progress share a terminal. ModeNone, for scripts and tests, keeps
// the log lines and shows no progress.
func ExampleHook_Writer() {
	hook, err := termhook.New(termhook.WithMode(termhook.ModeNone), termhook.WithWriter(os.Stdout))
	if err != nil {
		fmt.Println(err)
		return
	}
	logger := log.New(hook.Writer(), "", 0) // or log.SetOutput(hook.Writer())
	exec := core.NewExecutor()
	exec.Register(hook)
	_ = core.ForEach(context.Background(), exec, []string{"a"}, func(_ context.Context, name string) error {
		logger.Println("reading", name)
		return nil
	})
	_ = hook.Shutdown(context.Background())
	// Output: reading a
}
