package core_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// How to keep state in a function without a lock: it is called by one
// goroutine at a time.
func ExampleOnChunkEnd() {
	exec := core.NewExecutor(core.WithChunkSize(10))
	chunks, slowest := 0, time.Duration(0)
	exec.Register(core.OnChunkEnd(func(e core.ChunkEnd) {
		chunks++
		slowest = max(slowest, e.Duration)
	}))
	_ = core.ForEach(context.Background(), exec, make([]int, 95), func(context.Context, int) error { return nil })
	fmt.Println(chunks, "chunks, the slowest took some time:", slowest > 0)
	// Output: 10 chunks, the slowest took some time: true
}
