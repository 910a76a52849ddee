package loghook_test

import (
	"context"
	"log/slog"
	"os"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
)

// The program's own log says where in the job each line comes from.
func ExampleNewHandler() {
	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	logger := slog.New(loghook.NewHandler(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
	exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(2))
	ctx := core.WithRun(context.Background(), core.RunInfo{ID: "2026-12-01"})
	_ = core.ForEachChunk(ctx, exec, []string{"a", "b", "c"}, func(ctx context.Context, names []string) error {
		logger.InfoContext(ctx, "loaded", "first", names[0])
		return nil
	})
	// Output:
	// level=INFO msg=loaded first=a run=2026-12-01 chunk=0 worker=0 offset=0 items=2
	// level=INFO msg=loaded first=c run=2026-12-01 chunk=1 worker=0 offset=2 items=1
}
