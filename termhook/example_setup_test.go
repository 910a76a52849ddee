package termhook_test

import (
	"context"
	"log"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// What a program that is watched on a terminal has. It is compiled and not run,
// because it needs one.
func ExampleNew() {
	hook, err := termhook.New()
	if err != nil {
		log.Fatal(err)
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)
	log.SetOutput(hook.Writer())              // log lines go above the progress
	defer hook.Shutdown(context.Background()) //nolint:errcheck // what is lost was for the eye
}
