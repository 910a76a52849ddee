package exporters_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// Several backends in one call: a server for Prometheus, which the example then
// scrapes as Prometheus does, and a hook of the program's own.
func ExampleNew() {
	ctx := context.Background()
	suite, err := exporters.New(ctx,
		exporters.WithPrometheus("127.0.0.1:0"),
		exporters.WithHooks(core.OnRunEnd(func(e core.RunEnd) { fmt.Println("run ended:", e.Outcome) })),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(suite.Hook())
	_ = core.ForEach(ctx, exec, []string{"a", "b", "c"}, func(context.Context, string) error { return nil })

	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+suite.Addr()+"/metrics", http.NoBody)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "chunkscope_items_total") {
			fmt.Println(lines.Text())
		}
	}
	http.DefaultClient.CloseIdleConnections()
	fmt.Println("shutdown:", suite.Shutdown(ctx))
	// Output:
	// run ended: ok
	// chunkscope_items_total{executor="import",outcome="error"} 0
	// chunkscope_items_total{executor="import",outcome="ok"} 3
	// chunkscope_items_total{executor="import",outcome="panic"} 0
	// shutdown: <nil>
}
