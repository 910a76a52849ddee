package webhookhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// A program of your own is informed of failed runs: its endpoint gets a message for
// each of them.
func Example() {
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct {
			Event string
			Run   struct{ Executor string }
			Items struct{ Total, Failed int }
		}
		err := json.NewDecoder(r.Body).Decode(&m)
		fmt.Printf("%s of %s, %d of %d items, %v\n", m.Event, m.Run.Executor, m.Items.Failed, m.Items.Total, err)
	}))
	defer endpoint.Close()

	hook, err := webhookhook.New(endpoint.URL, webhookhook.WithFormat(webhookhook.JSON()))
	if err != nil {
		fmt.Println(err)
		return
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(hook)
	_ = core.ForEach(context.Background(), exec, []string{"a", "b"}, func(context.Context, string) error { return nil })
	_ = core.ForEach(context.Background(), exec, []string{"c"}, func(context.Context, string) error { return errors.New("no header") })

	fmt.Println(hook.Shutdown(context.Background())) // sends what waits
	// Output:
	// run_failed of nightly, 1 of 1 items, <nil>
	// <nil>
}
