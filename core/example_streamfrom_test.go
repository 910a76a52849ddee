package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// A consumer of a queue ends when a message fails, also while the queue is empty.
func ExampleStreamFrom() {
	messages := make(chan string, 10) // never closed
	messages <- "one"
	messages <- "two"
	messages <- "bad"
	ctx := context.Background()
	exec := core.NewExecutor(core.WithName("queue"), core.WithWorkers(1))
	handle := func(_ context.Context, m string) (string, error) {
		if m == "bad" {
			return "", fmt.Errorf("no such customer")
		}
		return m + " handled", nil
	}

	for result, err := range core.StreamFrom(ctx, exec, core.FromChan(messages), handle) {
		if err != nil {
			fmt.Println("stopped:", err)
			break
		}
		fmt.Println(result)
	}
	// Output:
	// one handled
	// two handled
	// stopped: queue: 1 items failed: item 2: no such customer
}
