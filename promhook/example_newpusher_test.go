package promhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// How the metrics of a job reach a Pushgateway without a call for each run: a
// Pusher pushes when a run has ended, and in Shutdown. The gateway is a server
// that notes which groups it got.
func ExampleNewPusher() {
	ctx := context.Background()
	var groups sync.Map
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		groups.Store(r.URL.Path, true)
	}))
	defer gateway.Close()

	hook := promhook.New(promhook.WithRegisterer(prometheus.NewRegistry()))
	pusher, err := promhook.NewPusher(hook, gateway.URL, promhook.WithPushJob("nightly"), promhook.WithPushProcess("0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(pusher, hook) // the pusher first: its end comes after the hook's
	_ = core.ForEach(ctx, exec, []string{"a", "b"}, func(context.Context, string) error { return nil })

	fmt.Println(pusher.Shutdown(ctx))
	for _, path := range []string{"/metrics/job/nightly/process/0", "/metrics/job/nightly/process/0/executor/import"} {
		_, pushed := groups.Load(path)
		fmt.Println(path, pushed)
	}
	// Output:
	// <nil>
	// /metrics/job/nightly/process/0 true
	// /metrics/job/nightly/process/0/executor/import true
}
