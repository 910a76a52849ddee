package core_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// slowLog is a hook that prints which chunks take long.
type slowLog struct{ from time.Duration }

func (slowLog) HookName() string { return "slowLog" }

func (h slowLog) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if e.Duration >= h.from {
		fmt.Println("slow:", core.NameFrom(ctx))
	}
}

// How a hook names a chunk: only where it has something to say, as each call computes the
// name anew.
func ExampleNameFrom() {
	exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2), core.WithItemName(func(f file) string { return f.path }))
	exec.Register(slowLog{from: 0})
	files := []file{{"a.csv"}, {"b.csv"}, {"c.csv"}}
	_ = core.ForEach(context.Background(), exec, files, func(context.Context, file) error { return nil })
	// Output:
	// slow: a.csv … b.csv
	// slow: c.csv
}
