package promhook_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// How a job that belongs to one machine exports its metrics through node_exporter.
func ExampleHook_WriteTextfile() {
	dir, err := os.MkdirTemp("", "textfile")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	hook := promhook.New(promhook.WithRegisterer(prometheus.NewRegistry()))
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(hook)
	_ = core.ForEach(context.Background(), exec, []string{"a", "b"}, func(context.Context, string) error { return nil })

	fmt.Println(hook.WriteTextfile(filepath.Join(dir, "import.prom")))
	text, _ := fs.ReadFile(os.DirFS(dir), "import.prom")
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "chunkscope_runs_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// <nil>
	// chunkscope_runs_total{executor="import",outcome="canceled"} 0
	// chunkscope_runs_total{executor="import",outcome="error"} 0
	// chunkscope_runs_total{executor="import",outcome="ok"} 1
	// chunkscope_runs_total{executor="import",outcome="panic"} 0
	// chunkscope_runs_total{executor="import",outcome="partial"} 0
}
