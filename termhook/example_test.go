package termhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// A program that reads the progress of another one: an object a line. Between
// the start and the end there may be objects with the event "progress".
func Example() {
	var out bytes.Buffer
	hook, err := termhook.New(termhook.WithMode(termhook.ModeJSON), termhook.WithWriter(&out))
	if err != nil {
		fmt.Println(err)
		return
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)
	_ = core.ForEach(context.Background(), exec, make([]int, 300), func(context.Context, int) error { return nil })
	fmt.Println(hook.Shutdown(context.Background())) // shows the pending summaries

	for lines := json.NewDecoder(&out); lines.More(); {
		var line struct {
			Event, Executor, Outcome string
			Items                    int
			Done                     int `json:"items_done"`
		}
		if err := lines.Decode(&line); err != nil {
			fmt.Println(err)
			return
		}
		if line.Event == "progress" {
			continue // so short a run has one or none
		}
		fmt.Printf("%s of %s: %d of %d items, outcome %q\n", line.Event, line.Executor, line.Done, line.Items, line.Outcome)
	}
	// Output:
	// <nil>
	// run_start of nightly: 0 of 300 items, outcome ""
	// run_end of nightly: 300 of 300 items, outcome "ok"
}
