package hooktest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func ExampleRecorder() {
	rec := hooktest.NewRecorder()
	exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(1), core.WithChunkSize(2))
	exec.Register(rec)

	_ = core.ForEach(context.Background(), exec, []string{"a", "b", "c"}, func(_ context.Context, row string) error {
		if row == "c" {
			return errors.New("bad row")
		}
		return nil
	})

	for _, line := range rec.Lines() {
		fmt.Println(line)
	}
	fmt.Println("unpaired:", rec.Unpaired())
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		fmt.Println("chunk", c.Chunk, "finished", c.ItemsDone, "items:", c.Outcome)
	}
	// Output:
	// run_start "import" items=3 workers=1
	// worker_start worker=0
	// chunk_start #0 [0:2)
	// chunk_end #0 [0:2) ok
	// chunk_start #1 [2:3)
	// item_failure #1 item 2 error "item 2: bad row"
	// chunk_end #1 [2:3) error failed=1 "item 2: bad row"
	// worker_end worker=0
	// run_end "import" error done=3/3 failed=1 chunks=2 chunks_failed=1 "import: 1 of 3 items failed: item 2: bad row"
	// unpaired: []
	// chunk 0 finished 2 items: ok
	// chunk 1 finished 1 items: error
}
