package loghook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
)

// The records of a run, without the attributes that differ each time.
func Example() {
	varying := []string{slog.TimeKey, "run", "duration", "throughput", "chunk", "worker"}
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if slices.Contains(varying, a.Key) {
			return slog.Attr{}
		}
		return a
	}})
	hook, err := loghook.New(loghook.WithLogger(slog.New(handler)))
	if err != nil {
		fmt.Println(err)
		return
	}
	exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(2), core.WithChunkSize(1), core.WithContinueOnError())
	exec.Register(hook)
	_ = core.ForEach(context.Background(), exec, []string{"a", "", "c"}, func(_ context.Context, name string) error {
		if name == "" {
			return errors.New("no name")
		}
		return nil
	})
	_ = hook.Shutdown(context.Background()) // logs the pending records
	// Output:
	// level=INFO msg="run started" executor=nightly items=3 workers=2
	// level=WARN msg="item failed" executor=nightly index=1 outcome=error type=errors.errorString error="item 1: no name"
	// level=ERROR msg="run ended" executor=nightly outcome=error items=3 items_done=3 items_failed=1 chunks=3 chunks_failed=1 error="nightly: 1 of 3 items failed: item 1: no name"
}
