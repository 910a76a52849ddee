package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// batchKey is the key of a batchTagger's name in a context.
type batchKey struct{}

// batchTagger names every chunk, for user code and for its own end.
type batchTagger struct{}

func (batchTagger) HookName() string { return "batchTagger" }

func (batchTagger) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	return context.WithValue(ctx, batchKey{}, fmt.Sprint("batch-", e.Chunk))
}

func (batchTagger) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	fmt.Println("done:", ctx.Value(batchKey{}), e.Outcome)
}

// A hook passes values to user code, and to its own end, in the context that its
// start returns.
func ExampleHookChunkStart() {
	exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2))
	exec.Register(batchTagger{})
	_ = core.ForEachChunk(context.Background(), exec, []string{"a", "b", "c"}, func(ctx context.Context, rows []string) error {
		fmt.Println("work:", ctx.Value(batchKey{}), rows)
		return nil
	})
	// Output:
	// work: batch-0 [a b]
	// done: batch-0 ok
	// work: batch-1 [c]
	// done: batch-1 ok
}
