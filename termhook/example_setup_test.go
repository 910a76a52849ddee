package termhook_test

import (
	"context"
	"log"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// A program with progress on a terminal. The example is compiled and not run,
// because it needs a terminal.
func ExampleNew() {
	hook, err := termhook.New()
	if err != nil {
		log.Fatal(err)
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)
	log.SetOutput(hook.Writer())              // log lines go above the progress
	defer hook.Shutdown(context.Background()) //nolint:errcheck // lost output was for a person only
}
