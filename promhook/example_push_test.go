package promhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// How a job that ends before it is scraped pushes its metrics to a Pushgateway.
// Here the gateway is a server that prints its requests.
func ExampleHook_Push() {
	ctx := context.Background()
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path)
	}))
	defer gateway.Close()

	hook := promhook.New(promhook.WithRegisterer(prometheus.NewRegistry()))
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(hook)
	_ = core.ForEach(ctx, exec, []string{"a", "b"}, func(context.Context, string) error { return nil })

	err := hook.Push(ctx, gateway.URL, promhook.WithPushJob("nightly"), promhook.WithPushProcess("0"))
	fmt.Println(err)
	// Output:
	// POST /metrics/job/nightly/process/0
	// POST /metrics/job/nightly/process/0/executor/import
	// <nil>
}
