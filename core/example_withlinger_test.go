package core_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// How long may a chunk of a stream wait until it is full? With a fixed size, for as
// long as the source takes. WithLinger bounds that.
func ExampleWithLinger() {
	exec := core.NewExecutor(core.WithName("events"), core.WithWorkers(1), core.WithChunkSize(500), core.WithLinger(10*time.Millisecond))

	events := make(chan string)
	go func() {
		events <- "created"
		events <- "paid" // and then nothing for long
	}()
	insert := func(_ context.Context, batch []string) ([]string, error) { return batch, nil }

	inserted := 0
	for event, err := range core.StreamChunksFrom(context.Background(), exec, core.FromChan(events), insert) {
		if err != nil {
			break
		}
		fmt.Println("inserted:", event)
		if inserted++; inserted == 2 {
			break
		}
	}
	// Output:
	// inserted: created
	// inserted: paid
}
