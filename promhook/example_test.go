package promhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

func Example() {
	hook := promhook.New(promhook.WithRegisterer(prometheus.NewRegistry()))
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(hook)

	rows := []string{"a", "b", "c"}
	_ = core.ForEach(context.Background(), exec, rows, func(context.Context, string) error { return nil })

	// In a program: http.Handle("/metrics", hook.Handler()).
	w := httptest.NewRecorder()
	hook.Handler().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "chunkscope_items_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// chunkscope_items_total{executor="import",outcome="error"} 0
	// chunkscope_items_total{executor="import",outcome="ok"} 3
	// chunkscope_items_total{executor="import",outcome="panic"} 0
}
