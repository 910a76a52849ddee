package webhookhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// A dead-man's switch, here a server, gets a ping for every run. Such a service
// alerts people when the pings stop.
func ExampleNewPing() {
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, r.URL.Query().Has("rid"))
	}))
	defer service.Close()

	ping, err := webhookhook.NewPing(service.URL + "/my-check")
	if err != nil {
		fmt.Println(err)
		return
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(ping)
	_ = core.ForEach(context.Background(), exec, []string{"a"}, func(context.Context, string) error { return nil })

	fmt.Println(ping.Shutdown(context.Background()))
	// Output:
	// POST /my-check/start true
	// POST /my-check true
	// <nil>
}
