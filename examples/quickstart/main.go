// Quickstart is a first job with Chunkscope. It parses and hashes the source of
// Go on all processors, and shows its progress.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -workers 1
//	go run ./examples/quickstart -fail 1000
//	go run ./examples/quickstart -root . 2>progress.log
//	CHUNKSCOPE_ADDR=:9090 go run ./examples/quickstart
//	OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 go run ./examples/quickstart
//
// An executor names the job, [core.Map] runs it, and hooks observe it.
// [exporters.FromEnv] makes the hooks from environment variables;
// docs/environment.md lists them. By default the run is shown on standard
// error: a bar on a terminal, a line now and then in a log, and a summary at
// the end. The job is in scan.go and contains no code for this.
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
	"github.com/chunkscope/chunkscope/exporters"
)

func main() { cli.Main(run) }

// run is main with its environment as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("quickstart", "Parses and hashes the source of Go, and shows its progress.")
	workers := c.Workers()
	fail := c.Int("fail", 0, "make every `n`th file fail, to show failures")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		if *fail < 0 {
			return &cli.UsageError{Err: fmt.Errorf("invalid value %d for flag -fail: need a whole number, 0 for none", *fail)}
		}
		suite, err := exporters.FromEnv(ctx, exporters.WithTerminal(stderr))
		if err != nil {
			return &cli.UsageError{Err: err}
		}
		if addr := suite.Addr(); addr != "" {
			fmt.Fprintf(stderr, "metrics at http://%s/metrics\n", addr)
		}
		exec := core.NewExecutor(core.WithName(c.Name()), core.WithWorkers(*workers), core.WithContinueOnError())
		exec.Register(suite.Hook())
		jobErr := scan(ctx, exec, tree, *fail, stdout)
		// Not the context of the job: a canceled job has results to send, too.
		if err := suite.Shutdown(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(stderr, "not everything was sent:", err)
		}
		return jobErr
	})
}
